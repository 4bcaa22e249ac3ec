import { z } from 'zod';
import { layerSchema, type Layer, type ModelDefinition } from '../../src/engine/models/model.ts';
import { reduceFirstDense } from '../../src/engine/models/vgg16-form.ts';
import { modelOfNetwork, parseFile } from './case.ts';
import { recipeSeed, recipeStream, recipeTensor, signed } from './number-recipe.ts';
import { badCase } from './tensors.ts';

const figure = z.number();
const figures = z.array(figure);
const matrix = z.array(figures);

/** torchvision's pooling to 7x7: of one pixel, 49 copies of it. */
const copyingPool = z.object({ type: z.literal('adaptiveavgpool2d'), out: z.tuple([z.literal(7), z.literal(7)]) });

const tensorRecipe = z.object({
  name: z.string(),
  shape: z.array(z.int()),
  center: figure,
  half: figure,
  seed: z.int(),
  first: figures,
});

const perTensor = z.object({
  loss_grad: figure,
  penalty_grad: figure,
  loss_grad_probe: figure,
  penalty_grad_probe: figure,
  zero: z.boolean().optional(),
});
export type TensorFigures = z.infer<typeof perTensor>;

/** The JSON of a full-size network (golden/1). */
const fullCase = z.object({
  format: z.literal('golden/1'),
  salt: z.string(),
  network: z.object({
    input: z.array(z.int()),
    classes: z.int(),
    layers: z.array(z.union([layerSchema, copyingPool])),
    parameter_count: z.int(),
    parameter_tensors: z.int(),
  }),
  tensors: z.array(tensorRecipe),
  inputs: z.object({
    x: z.object({ stream: z.string(), shape: z.array(z.int()), center: figure, half: figure, first: figures }),
    y: z.array(z.int()),
    labels: z.array(z.int()),
    u: figures,
  }),
  expected: z.object({
    logits_train: matrix,
    logits_eval: matrix,
    loss_train: figure,
    loss_eval: figure,
    correct_train: z.int(),
    penalties: z.object({ RegLoss: figure, FishLoss: figure, AvgJacLoss: figure, UnitJacLoss: figure }),
    loss_grad_norm: figure,
    penalty_grad_norm: figure,
    per_tensor: z.record(z.string(), perTensor),
    running_after_one_train_forward: z.record(z.string(), z.object({ norm: figure, first: figure })),
  }),
  reduced_form: z.object({ parameter_count: z.int() }).optional(),
});
export type FullFigures = z.infer<typeof fullCase>;

export interface FullCase {
  readonly figures: FullFigures;
  readonly model: ModelDefinition;
  /** A dense layer that stands in its exact reduced form; its probes do not apply. */
  readonly reduced: string | undefined;
  /** Starting values of a tensor, by state_dict name. */
  readonly values: (name: string) => Float32Array;
  readonly images: Float32Array;
}

/** Reads a full-size case; a first dense layer of 25,088 inputs is brought into its reduced form. */
export function readFullCase(path: string): FullCase {
  const read = parseFile(fullCase, path);
  const { salt, network, inputs } = read;
  const { layers, reduced } = reducedLayers(network.layers);
  const recipes = new Map(read.tensors.map((recipe) => [recipe.name, recipe]));
  const values = (name: string): Float32Array => {
    const recipe = recipes.get(name);
    if (recipe === undefined) throw badCase(`there is no recipe for ${name}`);
    if (recipeSeed(`${salt}:${name}`) !== recipe.seed)
      throw badCase(`the seed of ${name} does not follow from its name`);
    if (name === `${reduced ?? ''}.weight`) return reducedRows(salt, recipe);
    const tensor = recipeTensor(salt, name, { ...recipe, length: product(recipe.shape) });
    if (recipe.first.some((value, index) => value !== tensor[index])) throw badCase(`${name} starts with other values`);
    return tensor;
  };
  return {
    figures: read,
    model: modelOfNetwork({ ...network, layers }),
    reduced,
    values,
    images: recipeTensor(salt, inputs.x.stream, { ...inputs.x, length: product(inputs.x.shape) }),
  };
}

function reducedLayers(layers: FullFigures['network']['layers']): { layers: Layer[]; reduced: string | undefined } {
  const pooled = layers.some(({ type }) => type === 'adaptiveavgpool2d');
  if (!pooled) return { layers: layers.filter((layer) => layer.type !== 'adaptiveavgpool2d'), reduced: undefined };
  const first = layers.find((layer) => layer.type === 'linear');
  if (first === undefined) throw badCase('there is no dense layer behind the pooling');
  return {
    reduced: first.name,
    layers: layers.flatMap((layer): Layer[] => {
      if (layer.type === 'adaptiveavgpool2d') return [];
      if (layer.type === 'flatten') return [layer, { type: 'scale', factor: 7 }];
      return layer === first ? [{ ...first, in: first.in / 49 }] : [layer];
    }),
  };
}

/** The recipe of a weight [out, 25088], reduced row by row: the whole would fill 400 MB. */
function reducedRows(salt: string, { name, shape, center, half }: z.infer<typeof tensorRecipe>): Float32Array {
  const [rows = 0, columns = 0] = shape;
  const next = recipeStream(recipeSeed(`${salt}:${name}`));
  const reduced = new Float32Array((rows * columns) / 49);
  const row = new Float32Array(columns);
  for (let index = 0; index < rows; index += 1) {
    for (let column = 0; column < columns; column += 1) row[column] = center + half * signed(next());
    reduced.set(reduceFirstDense(row, columns / 49), (index * columns) / 49);
  }
  return reduced;
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, side) => total * side, 1);
}
