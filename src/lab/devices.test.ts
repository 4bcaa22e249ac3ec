import { expect, it } from 'vitest';
import { Devices } from './devices.ts';

const onnx = { name: 'onnx', usable: true, device: 'CPU', gflops: 12, reason: null, remedy: null };

it('knows what the last probe told, and nothing before the first', async () => {
  let tries = 0;
  const devices = new Devices({
    devices: () => {
      tries += 1;
      return Promise.resolve({ executors: [onnx], graphicsCards: null });
    },
  });
  expect(devices.known()).toBeNull();
  const { memory, ...told } = await devices.probe();
  expect(memory.freeBytes).toBeLessThanOrEqual(memory.bytes);
  expect(devices.known()).toMatchObject(told);
  expect(tries).toBe(1);
});

it('still knows what was told where a later probe fails', async () => {
  const answers = [Promise.resolve({ executors: [onnx], graphicsCards: null })];
  const devices = new Devices({ devices: () => answers.shift() ?? Promise.reject(new Error('no process')) });
  await devices.probe();
  await expect(devices.probe()).rejects.toThrow('no process');
  expect(devices.known()?.executors).toEqual([onnx]);
});
