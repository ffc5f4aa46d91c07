// `queue` and `source`: their options and help. What they do is in files of their own, imported when they are called.
import type { Command } from 'commander'
import { doing, examples, wholeNumber, withStoreOptions } from './command-parts.ts'
import { addManifestsCommand } from './queue-manifests.ts'
import type { QueueFlags } from './queue-settings.ts'
import type { SourceFlags } from './source.ts'

export function queueCommands(program: Command): void {
  const queue = withStoreOptions(program.command('queue').description('work on what a source lists: a command for each item, none twice, until it is stopped'))
    .requiredOption('--source <source>', "the address of a work source, a file with a name or a JSON object a line, or '-' for standard input")
    .option('--worker <command>', 'a shell command, for the item in the file WORK_ITEM_FILE; several work one after the other', gathered, [])
    .option('--executor <executor>', "'process' on this machine, or 'kubernetes'", 'process')
    .option('--name <name>', 'what the queue, and its record, is called', 'queue')
    .option('--once', 'end when what is listed now is done')
    .option('--poll <duration>', 'between one look at the source and the next', '5s')
    .option('--name-field <field>', 'what names an item where a line of the source is JSON', 'name')
    .option('--allow <host...>', 'hosts whose name may lead to a private address')
  limitOptions(queue)
  scalingOptions(queue)
  queue
    .option('--image <image>', 'with the worker in it, on Kubernetes')
    .option('--namespace <namespace>', 'on Kubernetes; default: that of the context')
    .option('--items-per-job <number>', 'on Kubernetes', wholeNumber)
    .option('--items-per-pod <number>', 'on Kubernetes: that many one after the other', wholeNumber)
    .option('--ttl <duration>', 'on Kubernetes: the cluster removes Jobs that long after they ended and were recorded')
    .option('--metrics <port>', 'serve figures for Prometheus at 127.0.0.1:PORT/metrics', wholeNumber)
    .option('--grace <duration>', 'how long what is at work may take to finish when it is stopped', '30s')
    .option('--json', 'one JSON object a line: figures, then the report').option('-q, --quiet', 'no figures, only the summary')
    .addHelpText('after', `
A worker runs in an empty folder of its own. It exits with 0 when the item is done, with 65 when it never can be; any other code is tried again.
A token for the source is taken from BATCHWORK_SOURCE_TOKEN.

Exit codes:
  0    done                              2    done, with items set aside
  1    could not run                     130  interrupted${examples("batchwork queue --source names.txt --worker './convert.sh' --once", "batchwork queue --source http://localhost:8080 --worker 'python3 label.py' --parallelism auto --memory 512MB --timeout 5m")}`)
    .action(async (flags: QueueFlags) => doing(flags, async () => (await import('./queue.ts')).runQueue(flags)))
  addManifestsCommand(queue)
  sourceCommand(program)
}

function limitOptions(queue: Command): void {
  queue
    .option('--attempts <number>', 'for each item, the first included', wholeNumber, 3)
    .option('--timeout <duration>', 'for each attempt')
    .option('--memory <size>', "what a worker and all it starts may have in memory, such as 512MB")
    .option('--cpu <number>', 'processors that a worker and all it starts may use; fractions allowed', Number)
    .option('--env <name>', 'a variable that workers see, beside PATH and the like; may be given again', gathered, [])
    .option('--work-dir <folder>', "where workers' own folders are made (default: the system's folder for temporary files)")
    .option('--results <folder>', "keep what workers leave in WORK_RESULT_FILE, a file an item")
}

function scalingOptions(queue: Command): void {
  queue
    .option('--parallelism <number>', "items at work at once, or 'auto': as many as what comes in needs (default: the number of processors)")
    .option('--max-parallelism <number>', "the most that 'auto' takes (default: the number of processors; on Kubernetes 100)", wholeNumber)
    .option('--headroom <share>', "share of the workers' time that 'auto' leaves unplanned", '20%')
    .option('--drain-by <duration>', "how long a backlog may last with 'auto' (default: 1m; with --once as fast as it may be)")
}

function sourceCommand(program: Command): void {
  withStoreOptions(program.command('source').description('serve items to work queues: files, lines, a topic'))
    .option('--folder <folder>', 'the files in a folder and those below it')
    .option('--files <pattern>', 'the files that match a pattern')
    .option('--list <file>', 'a name a line')
    .option('--json-lines <file>', 'a JSON object a line')
    .option('--topic <name>', 'the items of a topic, called by their ids')
    .option('--name <field>', 'what names an object of --json-lines', 'name')
    .option('--port <port>', '0 takes a free one', wholeNumber, 8080)
    .option('--host <address>', 'where to listen; anywhere but on loopback a token is needed', '127.0.0.1')
    .option('--token-file <file>', 'whose first line requests must show (default: BATCHWORK_SOURCE_TOKEN)')
    .option('--json', 'what it says as JSON')
    .addHelpText('after', examples('batchwork source --folder videos', 'batchwork source --json-lines orders.jsonl --name id --port 9000'))
    .action(async (flags: SourceFlags) => doing(flags, async () => (await import('./source.ts')).serve(flags)))
}

function gathered(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}
