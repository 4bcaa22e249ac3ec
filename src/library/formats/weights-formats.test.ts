import { describe, expect, it } from 'vitest';
import { readNpy } from '../../data/readers/npy.ts';
import { reduceFirstDense } from '../../engine/models/vgg16-form.ts';
import { netOf } from '../weights/net-fixture.ts';
import { netWeights } from '../weights/net-weights.ts';
import { readSafetensors } from './safetensors.ts';
import { npzParts } from './write-npz.ts';
import { safetensorsParts } from './write-safetensors.ts';

const whole = (parts: Iterable<Uint8Array>): Uint8Array => Buffer.concat([...parts]);

describe('a state_dict', () => {
  it('has the names of PyTorch in the order of its modules, with the counters of batch norm', () => {
    const { stateDict } = netOf({ kind: 'resnet18', width: 1 });
    expect(stateDict.size).toBe(122);
    expect([...stateDict.keys()].slice(0, 7)).toEqual([
      ...['conv1.weight', 'bn1.weight', 'bn1.bias', 'bn1.running_mean', 'bn1.running_var', 'bn1.num_batches_tracked'],
      'layer1.0.conv1.weight',
    ]);
    expect(stateDict.get('bn1.num_batches_tracked')).toEqual({ type: 'I64', shape: [], data: BigInt64Array.of(7n) });
  });

  it('of VGG-16 has the first dense layer of torchvision, which comes back byte for byte', () => {
    const { stateDict, values } = netOf({ kind: 'vgg16-bn', width: 1 });
    const full = stateDict.get('classifier.0.weight');
    expect(full?.shape).toEqual([64, 8 * 49]);
    if (full?.type !== 'F32') throw new Error('the layer is missing');
    expect(reduceFirstDense(full.data, 8)).toEqual(values['classifier.0.weight']);
  });

  it('is refused where the checkpoint does not fit its spec, by name', () => {
    const make = (parameters: Record<string, Float32Array>) => () =>
      netWeights({ kind: 'mlp', widths: [] }, { inputShape: [1, 1, 2], classes: 2 }, { parameters, buffers: {} }, 0);
    const good = { 'layers.0.weight': new Float32Array(4), 'layers.0.bias': new Float32Array(2) };
    expect(make(good)().stateDict.size).toBe(2);
    expect(make({ 'layers.0.weight': new Float32Array(4) })).toThrow('the checkpoint has no layers.0.bias');
    expect(make({ ...good, 'layers.0.bias': new Float32Array(3) })).toThrow('layers.0.bias of the checkpoint has 3');
  });
});

describe('files of arrays', () => {
  const { stateDict } = netOf({ kind: 'convnet', widths: [2], batchNorm: true }, { inputShape: [1, 2, 2], classes: 2 });

  it('safetensors reads back the same, every tensor at a multiple of its element size', () => {
    const file = whole(safetensorsParts(stateDict, { format: 'pt' }));
    const read = readSafetensors(file);
    expect(new Set(read.keys())).toEqual(new Set(stateDict.keys()));
    for (const [name, tensor] of stateDict) expect(read.get(name)).toEqual(tensor);
    expect(Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)) % 8).toBe(0);
  });

  it('npz holds an array of NumPy for each tensor', () => {
    const parts = [...npzParts(stateDict)];
    expect(parts.filter((part) => part[0] === 0x93)).toHaveLength(stateDict.size);
    for (const [index, [name, { shape, data }]] of [...stateDict].entries()) {
      const array = readNpy(parts[2 * index + 1] ?? new Uint8Array(), name);
      expect([array.shape, array.type]).toEqual([shape, name.endsWith('tracked') ? 'i8' : 'f4']);
      expect(array.at(0)).toBe(Number(data[0]));
    }
  });
});
