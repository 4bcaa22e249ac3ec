import { MicrobatchError } from '../../../contracts/errors.ts';

export function refusedPickle(file: string, what: string): MicrobatchError {
  return new MicrobatchError({
    code: 'import/pickle-refused',
    message: `${file} holds ${what}, which no state_dict needs: it is not read any further`,
    expected: 'dictionaries, lists, numbers, text and tensors',
    remedy: 'save only the state_dict: torch.save(model.state_dict(), path), or save it as safetensors',
  });
}

export function invalidPth(file: string, problem: string, cause?: unknown): MicrobatchError {
  return new MicrobatchError(
    {
      code: 'import/invalid-pth',
      message: `${file} is not a usable PyTorch file: ${problem}`,
      expected: 'an undamaged file of torch.save',
    },
    { cause },
  );
}
