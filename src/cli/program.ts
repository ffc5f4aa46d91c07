// The commands of `batchwork`, their options and their help. What a command does is in a file of its own, imported when it is called.
import { Command } from 'commander'
import { charactersMax } from './complaint.ts'
import { doing, examples, gathered, wholeNumber, withStoreOptions } from './command-parts.ts'
import { deployCommand } from './deploy-program.ts'
import { shortText } from '../model/errors.ts'
import { queueCommands } from './queue-program.ts'
import type { RunFlags } from './run.ts'
import { neutralised } from './terminal-text.ts'

export function programOf(version: string): Command {
  const program = new Command('batchwork')
    .description('Runs batch work: pipelines of well-known patterns, durable on one machine.')
    .version(version, '-v, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .configureOutput({ writeErr: text => void process.stderr.write(complaintOf(text)) })
    .showHelpAfterError('(batchwork --help lists the commands)')
    .addHelpText('after', examples('batchwork run parking.ts', 'batchwork plan parking.ts', 'batchwork status', 'batchwork failures', "batchwork redrive blur --error 'out of memory'"))
  runCommands(program)
  storeCommands(program)
  topicCommands(program)
  queueCommands(program)
  deployCommand(program)
  return program
}

/** What was given stands in it, however long it is. */
function complaintOf(text: string): string {
  return text.length <= charactersMax ? neutralised(text) : `${neutralised(shortText(text, charactersMax))}\n`
}

function runCommands(program: Command): void {
  running(program, 'run', 'run a pipeline until all that was there is done; the same command goes on with a run that was stopped', false)
    .option('--fresh', 'forget an unfinished run and start anew')
    .option('--upgrade', 'go on with a run though the pipeline was changed')
    .option('--dry', 'run on a sample, write nothing, and tell what a run would do; workers are the real ones')
    .option('--until-complete', 'end with 143 when SIGTERM stops it before it is complete: for supervisors that take 0 for complete, such as a Kubernetes Job')
    .option('--once <name>', 'begin one run of this name, however often the command is given: after its end it only tells how that run ended')
    .option('--sample <count>', 'items of each source in a dry run (default: 100)', wholeNumber)
    .addHelpText('after', `
The parameters of a pipeline are flags too: --day 2026-11-20, --day=2026-11-20, --dry-run. After '--' all flags are parameters.

Exit codes:
  0    complete                          2    complete, with items set aside
  1    could not run                     3    stopped: too many failures, or a barrier stays shut
                                         130  interrupted${examples('batchwork run report.ts --day 2026-11-20', 'batchwork run report.ts --sample 1000 --dry --day 2026-11-20', 'batchwork run report.ts --store /data/report --json > events.jsonl')}`)
  running(program, 'start', 'run a pipeline until it is stopped, taking items as they come', true)
    .addHelpText('after', examples('batchwork start mail.ts', 'batchwork start mail.ts --store /data/mail'))
  withStoreOptions(program.command('plan')).argument('<file>', 'the file that exports the pipeline').argument('[parameters...]', "the pipeline's parameters, as flags")
    .description('print what a file will run, and why: stages, what is fused, what is stored, barriers; after a run, its bottleneck')
    .option('-p, --pipeline <name>', 'which pipeline, where the file exports several').option('--mermaid', 'as a Mermaid diagram').option('--json', 'as JSON')
    .allowUnknownOption().addHelpText('after', examples('batchwork plan parking.ts', 'batchwork plan parking.ts --mermaid > plan.mmd', 'batchwork plan parking.ts --store /data/parking'))
    .action(async (file: string, words: readonly string[], flags, command: Command) => doing(flags, async () => (await import('./plan.ts')).plan(file, flags, words, namesOf(command))))
}

function running(program: Command, name: string, description: string, isEndless: boolean): Command {
  return withStoreOptions(program.command(name).description(description))
    .argument('<file>', 'the file that exports the pipeline').argument('[parameters...]', "the pipeline's parameters, as flags")
    .option('-p, --pipeline <name>', 'which pipeline, where the file exports several')
    .option('--json', 'one JSON object a line: progress, then the report').option('-q, --quiet', 'no progress, only the summary')
    .option('--grace <duration>', 'how long what is at work may take to finish when it is stopped', '30s')
    .option('--stages <names>', "take part in these stages alone, and leave the others to other processes (on Kafka): names with commas between, patterns such as 'thumb*', or STAGE/SHARD; may be given again", gathered)
    .allowUnknownOption()
    .action(async (file: string, words: readonly string[], flags: RunFlags, command: Command) => doing(flags, async () => {
      const request = { file, flags, words, own: namesOf(command), isEndless }
      if (flags.dry) return (await import('./dry-run.ts')).dryRunFile(request)
      await (await import('./store.ts')).prepareStore(flags)
      return (await import('./run.ts')).runFile(request)
    }))
}

function storeCommands(program: Command): void {
  looking(program, 'status', 'list the runs in the store: how far each stage is').argument('[pipeline]', 'only of this pipeline').option('-a, --all', 'earlier runs too')
    .addHelpText('after', examples('batchwork status', 'batchwork status --json', 'watch batchwork status'))
    .action(async (pipeline: string | undefined, flags) => doing(flags, async () => (await import('./status.ts')).status(pipeline, flags)))
  looking(program, 'failures', 'list what was set aside in the newest run').argument('[pipeline]', 'of this pipeline')
    .option('--run <number>', 'of an earlier run', wholeNumber).option('--stage <stage>', 'only of this stage')
    .addHelpText('after', examples('batchwork failures', 'batchwork failures parking --run 3 --stage blur', "batchwork failures --json | jq -r .origin"))
    .action(async (pipeline: string | undefined, flags) => doing(flags, async () => (await import('./failures.ts')).failures(pipeline, flags)))
  looking(program, 'redrive', 'send what a stage set aside back to it').argument('<stage>', "the stage, or pipeline/stage")
    .option('--id <id...>', 'only these items').option('--error <text>', 'only items whose error holds this text')
    .addHelpText('after', examples('batchwork redrive blur', "batchwork redrive blur --error ECONNRESET", 'batchwork redrive parking/blur --id photos:0:17 photos:0:18'))
    .action(async (stage: string, flags) => doing(flags, async () => (await import('./redrive.ts')).redrive(stage, flags)))
  looking(program, 'trace', 'print all that happened to one item and to what came of it').argument('<item>', 'its id: failure reports, receipts and context.id tell it')
    .addHelpText('after', examples('batchwork trace photos:0:17'))
    .action(async (item: string, flags) => doing(flags, async () => (await import('./trace.ts')).trace(item, flags)))
  for (const isPaused of [true, false]) {
    const name = isPaused ? 'pause' : 'resume'
    looking(program, name, isPaused ? 'let a stage, or one of its shards, take nothing new' : 'let a paused stage or shard go on').argument('<stage>', 'the stage, or pipeline/stage')
      .option('--shard <name>', 'only this shard')
      .addHelpText('after', examples(`batchwork ${name} 'send mail'`, `batchwork ${name} blur --shard 2`))
      .action(async (stage: string, flags) => doing(flags, async () => (await import('./pause.ts')).pause(stage, flags, isPaused)))
  }
}

function topicCommands(program: Command): void {
  const topics = program.command('topics').description('create, list, describe, fill and read topics')
  looking(topics, 'create', 'make a topic before anyone uses it').argument('<name>')
    .option('--file <file>', 'a module that exports the topic, for how long it keeps items')
    .option('--replication-factor <count>', 'brokers that keep it (default: what the brokers are set to)', wholeNumber).option('--partitions <count>', 'three for each part, on an engine that several processes share (default: 3 × parts of the engine)', wholeNumber)
    .addHelpText('after', examples('batchwork topics create sign-ups', 'batchwork topics create sign-ups --engine kafka://localhost:9092 --replication-factor 3'))
    .action(async (name: string, flags) => doing(flags, async () => (await import('./create-topic.ts')).createTopic(name, flags)))
  looking(topics, 'list', 'list topics').option('-a, --all', 'those of runs too')
    .action(async flags => doing(flags, async () => (await import('./topics.ts')).listTopics(flags)))
  looking(topics, 'describe', 'partitions, who reads it, and how many items wait behind each reader').argument('<name>')
    .option('--file <file>', 'the file of a pipeline that reads a topic of others: how many records wait behind it').option('-p, --pipeline <name>', 'which pipeline, where the file exports several')
    .addHelpText('after', examples('batchwork topics describe sign-ups', 'batchwork topics describe orders --file shop.ts'))
    .action(async (name: string, flags) => doing(flags, async () => (await import('./topics.ts')).describeTopic(name, flags)))
  looking(topics, 'produce', 'add items: JSON values from standard input, one a line').argument('<name>')
    .option('--file <file>', 'a module that exports the topic, for its schema, ids and keys')
    .addHelpText('after', examples("echo '{\"email\":\"ada@example.org\"}' | batchwork topics produce sign-ups --file sign-up.ts"))
    .action(async (name: string, flags) => doing(flags, async () => (await import('./topics.ts')).produce(name, flags)))
  looking(topics, 'consume', 'print items as JSON, one a line, as they come').argument('<name>')
    .option('--from-beginning', 'what is there already, too').option('--max <count>', 'stop after so many', wholeNumber).option('--no-follow', 'stop at the end')
    .addHelpText('after', examples('batchwork topics consume sign-ups --from-beginning --max 10'))
    .action(async (name: string, flags) => doing(flags, async () => (await import('./topics.ts')).consume(name, flags)))
}

function looking(program: Command, name: string, description: string): Command {
  return withStoreOptions(program.command(name).description(description)).option('--json', 'as JSON, one object a line')
}

function namesOf(command: Command): readonly string[] {
  return command.options.map(option => option.attributeName())
}
