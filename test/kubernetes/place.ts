// Where the tests of the executor run: on the cluster that KUBECONFIG names when BATCHWORK_TEST_CLUSTER=1 (with the image BATCHWORK_TEST_IMAGE, which
// needs sh), else on the simulated one, whose pods are processes of this machine. The name of each test says which.
import { randomBytes } from 'node:crypto'
import { rulesOfManager } from '../../src/queue/kubernetes/manager-manifests.ts'
import { SimulatedCluster } from './simulated/cluster.ts'

export const isReal = process.env['BATCHWORK_TEST_CLUSTER'] === '1'
export const where = isReal ? 'on the cluster of KUBECONFIG' : 'on the simulated cluster'

export interface Place {
  readonly kubeconfig: string
  readonly image: string
  /** Of the queue: objects of other tests are not met. */
  readonly name: string
  readonly simulated: SimulatedCluster | undefined
  [Symbol.asyncDispose](): Promise<void>
}

export async function place(): Promise<Place> {
  const name = `test-${randomBytes(4).toString('hex')}`
  const image = process.env['BATCHWORK_TEST_IMAGE'] ?? 'busybox:1.36'
  if (isReal) return { kubeconfig: process.env['KUBECONFIG'] ?? '', image, name, simulated: undefined, [Symbol.asyncDispose]: async () => {} }
  const simulated = await SimulatedCluster.start({ images: { [image]: 'processes' }, rules: rulesOfManager })
  return { kubeconfig: simulated.kubeconfig, image, name, simulated, [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose]() }
}
