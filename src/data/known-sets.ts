import type { DatasetKind } from '../contracts/datasets.ts';

/** A published file and what it must be. */
export interface PublishedFile {
  readonly name: string;
  /** Where its makers offer it or, where they no longer do, a mirror that many use. */
  readonly address: string;
  readonly bytes: number;
  readonly md5: string;
  readonly sha256?: string;
}

/** A form that a known set is published in. */
export interface PublishedForm {
  readonly kind: DatasetKind;
  readonly files: readonly PublishedFile[];
}

/** A data set that many know: what it is, and how to tell that a copy is the published one. */
export interface KnownSet {
  readonly id: string;
  readonly label: string;
  readonly classes: number;
  /** [C, H, W] */
  readonly imageShape: readonly [number, number, number];
  readonly trainImages: number;
  readonly testImages: number;
  readonly licence: string;
  readonly citation: string;
  /** Its own home page. */
  readonly home: string;
  /** The first one is what a download fetches. */
  readonly forms: readonly PublishedForm[];
  /** MD5 of files inside an archive, by name: an unpacked copy is known by them. */
  readonly members: Readonly<Record<string, string>>;
}

const krizhevsky = 'Alex Krizhevsky: Learning Multiple Layers of Features from Tiny Images. Technical report, 2009.';
const cifarHome = 'https://www.cs.toronto.edu/~kriz/cifar.html';
const cifarLicence = 'No licence is stated; its makers ask for the technical report to be cited.';
const cifarFile = (name: string) => ({ name, address: `https://www.cs.toronto.edu/~kriz/${name}` });
const fashionFile = (name: string) => ({
  name,
  address: `http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/${name}`,
});

/** The mirror that torchvision fetches from; the makers' own address answers no more. */
const mnistFile = (name: string) => ({ name, address: `https://ossci-datasets.s3.amazonaws.com/mnist/${name}` });

export const knownSets: readonly KnownSet[] = [
  {
    id: 'cifar10',
    label: 'CIFAR-10',
    classes: 10,
    imageShape: [3, 32, 32],
    trainImages: 50_000,
    testImages: 10_000,
    licence: cifarLicence,
    citation: krizhevsky,
    home: cifarHome,
    forms: [
      {
        kind: 'cifar10-python',
        files: [
          {
            ...cifarFile('cifar-10-python.tar.gz'),
            bytes: 170_498_071,
            md5: 'c58f30108f718f92721af3b95e74349a',
            sha256: '6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce',
          },
        ],
      },
      {
        kind: 'cifar10-binary',
        files: [
          { ...cifarFile('cifar-10-binary.tar.gz'), bytes: 170_052_171, md5: 'c32a1d4ab5d03f1284b67883e8d87530' },
        ],
      },
    ],
    members: {
      data_batch_1: 'c99cafc152244af753f735de768cd75f',
      data_batch_2: 'd4bba439e000b95fd0a9bffe97cbabec',
      data_batch_3: '54ebc095f3ab1f0389bbae665268c751',
      data_batch_4: '634d18415352ddfa80567beed471001a',
      data_batch_5: '482c414d41f54cd18b22e5b47cb7c3cb',
      test_batch: '40351d587109b95175f43aff81a1287e',
    },
  },
  {
    id: 'cifar100',
    label: 'CIFAR-100',
    classes: 100,
    imageShape: [3, 32, 32],
    trainImages: 50_000,
    testImages: 10_000,
    licence: cifarLicence,
    citation: krizhevsky,
    home: cifarHome,
    forms: [
      {
        kind: 'cifar100-python',
        files: [
          {
            ...cifarFile('cifar-100-python.tar.gz'),
            bytes: 169_001_437,
            md5: 'eb9058c3a382ffc7106e4002c42a8d85',
            sha256: '85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7',
          },
        ],
      },
      {
        kind: 'cifar100-binary',
        files: [
          { ...cifarFile('cifar-100-binary.tar.gz'), bytes: 168_513_733, md5: '03b5dce01913d631647c71ecec9e9cb8' },
        ],
      },
    ],
    members: { train: '16019d7e3df5f24257cddd939b257f8d', test: 'f0ef6b0ae62326f3e7ffdfab6717acfc' },
  },
  {
    id: 'fashion-mnist',
    label: 'Fashion-MNIST',
    classes: 10,
    imageShape: [1, 28, 28],
    trainImages: 60_000,
    testImages: 10_000,
    licence: 'MIT, Zalando Research',
    citation:
      'Han Xiao, Kashif Rasul, Roland Vollgraf: Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms. arXiv:1708.07747, 2017.',
    home: 'https://github.com/zalandoresearch/fashion-mnist',
    forms: [
      {
        kind: 'idx',
        files: [
          { ...fashionFile('train-images-idx3-ubyte.gz'), bytes: 26_421_880, md5: '8d4fb7e6c68d591d4c3dfef9ec88bf0d' },
          { ...fashionFile('train-labels-idx1-ubyte.gz'), bytes: 29_515, md5: '25c81989df183df01b3e8a0aad5dffbe' },
          { ...fashionFile('t10k-images-idx3-ubyte.gz'), bytes: 4_422_102, md5: 'bef4ecab320f06d8554ea6380940ec79' },
          { ...fashionFile('t10k-labels-idx1-ubyte.gz'), bytes: 5_148, md5: 'bb300cfdad3c16e7a12a480ee83cd310' },
        ],
      },
    ],
    members: {},
  },
  {
    id: 'mnist',
    label: 'MNIST',
    classes: 10,
    imageShape: [1, 28, 28],
    trainImages: 60_000,
    testImages: 10_000,
    licence: 'No licence is stated by its makers.',
    citation:
      'Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner: Gradient-Based Learning Applied to Document Recognition. Proceedings of the IEEE 86(11), 1998.',
    home: 'http://yann.lecun.com/exdb/mnist/',
    forms: [
      {
        kind: 'idx',
        files: [
          { ...mnistFile('train-images-idx3-ubyte.gz'), bytes: 9_912_422, md5: 'f68b3c2dcbeaaa9fbdd348bbdeb94873' },
          { ...mnistFile('train-labels-idx1-ubyte.gz'), bytes: 28_881, md5: 'd53e105ee54ea40749a09fcbcd1e9432' },
          { ...mnistFile('t10k-images-idx3-ubyte.gz'), bytes: 1_648_877, md5: '9fb629c4189551a2d022fa330f9573f3' },
          { ...mnistFile('t10k-labels-idx1-ubyte.gz'), bytes: 4_542, md5: 'ec29112dd5afa0611ce80d1b7f02629c' },
        ],
      },
    ],
    members: {},
  },
];

/** The set that is made here and not fetched. */
export const generatedSet = {
  id: 'mnist-1d',
  label: 'One-dimensional digits',
  classes: 10,
  imageShape: [1, 1, 40],
  trainImages: 4000,
  testImages: 1000,
  licence: 'Made by this program, free of any right.',
  citation:
    'In the manner of MNIST-1D, with templates of its own: Sam Greydanus, Dmitry Kobak: Scaling Down Deep Learning with MNIST-1D. arXiv:2011.14439, 2020.',
} as const;

export function knownSet(id: string): KnownSet | undefined {
  return knownSets.find((set) => set.id === id);
}

/** The known set that files of a source are, by their published checksums: an archive, or every file of a form. */
export function publishedSet(source: readonly { readonly name: string; readonly md5: string }[]): KnownSet | undefined {
  const found = (md5: string): boolean => source.some((file) => file.md5 === md5);
  return knownSets.find(({ forms, members }) => {
    const whole = forms.some(({ files }) => files.every(({ md5 }) => found(md5)));
    const checksums = Object.values(members);
    return whole || (checksums.length > 0 && checksums.every(found));
  });
}
