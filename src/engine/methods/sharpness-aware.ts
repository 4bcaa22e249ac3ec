import { plainMethod, type Method } from './method.ts';

/**
 * Sharpness-aware minimisation (Foret, Kleiner, Mobahi, Neyshabur, ICLR 2021): one ascent for the whole group,
 *
 *   theta <- theta - eta (1/n) sum_j grad ell_j(theta + rho g / norm(g)),   g = (1/n) sum_j grad ell_j(theta).
 *
 * To first order this descends L + rho norm(g). The second pass sees the same images and dropout masks, uses batch
 * statistics of its own and leaves the running ones alone. A zero gradient makes no ascent.
 */
export function sharpnessAware(radius: number): Method {
  return { ...plainMethod, id: 'sharpness-aware', ascent: { radius, along: 'group', share: 1 } };
}

/** The same with an ascent of its own for each micro-batch (m-SAM of the same paper). */
export function microSharpnessAware(radius: number): Method {
  return { ...plainMethod, id: 'micro-sharpness-aware', ascent: { radius, along: 'micro-batch', share: 1 } };
}

/**
 * A penalty lambda norm(g) on the unsquared norm by finite difference (Zhao, Zhang, Hu, ICML 2022):
 * G = (1 - alpha) g + alpha g(theta + r g / norm(g)), alpha = lambda / r. alpha = 1 is sharpness-aware minimisation,
 * alpha = 0 large batch. An approximation that counts the ReLU kinks which r crosses.
 */
export function gradientNormUnsquared({ alpha, radius }: { readonly alpha: number; readonly radius: number }): Method {
  return { ...plainMethod, id: 'gradient-norm-unsquared', ascent: { radius, along: 'group', share: alpha } };
}
