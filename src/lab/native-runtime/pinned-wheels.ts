import { MicrobatchError } from '../../contracts/errors.ts';
import type { RuntimeFlavour } from '../../contracts/native-runtime.ts';

/** One wheel that a runtime is made of, known by its content. */
export interface PinnedWheel {
  /** As pip knows it, e.g. `tensorflow-cpu`. */
  readonly project: string;
  readonly version: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** TensorFlow's version: the newest whose libraries were tried with tfjs-node-gpu 4.22 from end to end. */
const version = '2.18.1';
const manylinux = 'manylinux_2_17_x86_64.manylinux2014_x86_64';

const linuxCpu: PinnedWheel = {
  project: 'tensorflow-cpu',
  version,
  file: `tensorflow_cpu-${version}-cp311-cp311-${manylinux}.whl`,
  bytes: 230_236_181,
  sha256: '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298',
};

const linuxCuda: PinnedWheel = {
  project: 'tensorflow',
  version,
  file: `tensorflow-${version}-cp311-cp311-${manylinux}.whl`,
  bytes: 615_510_377,
  sha256: 'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828',
};

/** NVIDIA's libraries as the extra `and-cuda` of that TensorFlow pins them: library, version, bytes, SHA-256. */
const nvidia: readonly PinnedWheel[] = (
  [
    ['cublas', '12.5.3.2', 363_313_169, 'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b'],
    ['cuda_runtime', '12.5.82', 895_707, '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115'],
    ['cudnn', '9.3.0.75', 577_163_502, '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d'],
    ['cufft', '11.2.3.61', 192_524_114, '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8'],
    ['cusolver', '11.6.3.83', 130_341_232, '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b'],
    ['cusparse', '12.5.1.3', 217_558_979, '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752'],
    ['nvjitlink', '12.5.82', 21_298_879, 'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212'],
    ['cuda_nvcc', '12.5.82', 22_468_537, 'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0'],
    ['cuda_nvrtc', '12.5.82', 24_873_108, '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd'],
    ['cuda_cupti', '12.5.82', 13_811_507, 'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953'],
    ['curand', '10.3.6.82', 56_309_107, '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536'],
    ['nccl', '2.21.5', 188_654_414, '8579076d30a8c24988834445f8d633c697d42397e92ffc3f63fa26766d25e0a0'],
  ] as const
).map(([library, libraryVersion, bytes, sha256]) => ({
  project: `nvidia-${library.replaceAll('_', '-')}-cu12`,
  version: libraryVersion,
  file: `nvidia_${library}_cu12-${libraryVersion}-py3-none-manylinux2014_x86_64.whl`,
  bytes,
  sha256,
}));

/**
 * What a runtime for this platform and flavour is made of; TensorFlow itself comes first.
 * Throws `runtime/unknown-platform`: only Linux on x86-64 was tried.
 */
export function pinnedWheels(platform: string, flavour: RuntimeFlavour): readonly [PinnedWheel, ...PinnedWheel[]] {
  if (platform !== 'linux-x64') {
    throw new MicrobatchError({
      code: 'runtime/unknown-platform',
      message: `there is no native runtime for ${platform}`,
      expected: 'linux-x64, the only system that TensorFlow was tried on',
      remedy: 'use the executor onnx, which needs no runtime',
    });
  }
  return flavour === 'cpu' ? [linuxCpu] : [linuxCuda, ...nvidia];
}
