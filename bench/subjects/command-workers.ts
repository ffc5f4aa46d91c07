// Commands, two at a time: as workers of the engine, by a bare Node loop, or by xargs.
import { command } from 'batchwork'
import { parametersOf, handOver } from '../measure/child.ts'
import { inFreshFolder } from '../measure/folder.ts'
import { itemsBetween, type Item } from '../peers/item.ts'
import { nodeLoop, slots, xargs } from '../peers/spawn.ts'
import { runStage } from './durable-stage.ts'

export interface Commands {
  readonly by: 'batchwork' | 'node loop' | 'xargs'
  readonly program: 'true' | 'sleep'
  readonly parameters: readonly string[]
  readonly items: number
}

export interface CommandsRun {
  readonly seconds: number
}

async function inEngine({ program, parameters, items }: Commands): Promise<CommandsRun> {
  const run = command<Item>(program, ...parameters)
  return inFreshFolder(folder => runStage({
    folder, items, concurrency: slots,
    worker: processed => async (item, context) => {
      await run(item, context)
      processed.add(item.id)
    },
    publishes: 'before',
    publish: (client, input) => client.publishAll(input, itemsBetween(0, items)),
  }))
}

async function measure(setting: Commands): Promise<CommandsRun> {
  const { by, program, parameters, items } = setting
  if (by === 'batchwork') return inEngine(setting)
  const start = performance.now()
  if (by === 'node loop') await nodeLoop(items)
  else await xargs(items, program, parameters[0] ?? 'ignored')
  return { seconds: (performance.now() - start) / 1000 }
}

const setting = parametersOf<Commands>()
await measure({ ...setting, items: Math.ceil(setting.items * 0.05) })
handOver(await measure(setting))
