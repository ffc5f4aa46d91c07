// `deploy`: its options and help. What it does is in a file of its own, imported when it is called.
import type { Command } from 'commander'
import { doing, examples, gathered, wholeNumber } from './command-parts.ts'
import type { DeployFlags } from './deploy.ts'

export function deployCommand(program: Command): void {
  const deploy = program.command('deploy').description('print what to apply for a pipeline to run in a Kubernetes cluster, on Kafka')
    .argument('<file>', 'the file that exports the pipeline').argument('[parameters...]', "the pipeline's parameters, as flags")
    .requiredOption('--image <image>', 'with batchwork, @platformatic/kafka and the file in it, and batchwork as its entrypoint')
    .option('-e, --engine <engine>', 'kafka://host:port as pods reach it, without user and password (default: BATCHWORK_ENGINE)')
    .option('-p, --pipeline <name>', 'which pipeline, where the file exports several')
    .option('--run', 'as a Job: run it until all that was there is done (default for a pipeline that ends)')
    .option('--start', 'as a Deployment: take items as they come (default for one that reads a topic others fill)')
    .option('--path <path>', 'where the file is in the image (default: /app/ and the file as given)')
    .option('--name <name>', "of the objects (default: the pipeline's)").option('--namespace <namespace>', "of the objects (default: kubectl's)")
  configurationOptions(deploy)
  limitOptions(deploy)
  deploy
    .option('--json', 'one JSON object a line').option('--debug', 'show stacks of errors')
    .allowUnknownOption()
    .addHelpText('after', examples('batchwork deploy mail.ts --image example.org/mail:1.4 --engine kafka://kafka.default:9092 --secret-env SMTP_PASSWORD=smtp:password | kubectl apply -f -'))
    .action(async (file: string, words: readonly string[], flags: DeployFlags, command: Command) => (
      doing(flags, async () => (await import('./deploy.ts')).deploy(file, flags, words, command.options.map(option => option.attributeName())))
    ))
}

function configurationOptions(deploy: Command): void {
  deploy
    .option('--env <name=value>', 'a variable of the process, in plain text; may be given again', gathered, [])
    .option('--secret-env <name=secret:key>', 'a variable whose value is in a Secret; may be given again', gathered, [])
    .option('--secret-files <secret=folder>', 'a Secret as files in a folder; may be given again', gathered, [])
    .option('--volume <claim=folder>', 'a PersistentVolumeClaim as a folder; may be given again', gathered, [])
    .option('--shared-volume <claim=folder>', 'one that many pods may mount at once (ReadWriteMany); may be given again', gathered, [])
    .option('--pull-secret <secret>', 'for the image; may be given again', gathered, [])
    .option('--egress <network:port>', 'where it may connect to beside its brokers, such as 0.0.0.0/0:443; may be given again', gathered, [])
    .option('--broker-network <network>', 'where the brokers are (default: their ports are open to any address)')
}

function limitOptions(deploy: Command): void {
  deploy
    .option('--memory <quantity>', 'of the process', '512Mi').option('--cpu <quantity>', 'processors kept for the process', '500m').option('--disk <quantity>', 'of its working folder', '1Gi')
    .option('--grace <duration>', 'how long what is at work may take to finish when it is stopped', '30s')
    .option('--processes <number>', 'that share the run; with --autoscale: at most', wholeNumber, 1)
    .option('--group <name=stages>', 'these stages apart, in processes of their own; what no group names has processes too; may be given again', gathered, [])
    .option('--shards-apart <stage>', 'each shard of this stage as a group; may be given again', gathered, [])
    .option('--group-processes <group=number>', 'of one group, in place of --processes; may be given again', gathered, [])
    .option('--once <name>', "of a pipeline that ends, in groups: the run's name, another for each run")
    .option('--retries <number>', 'of a Job: pods that may fail, for each process (default: 6)', wholeNumber)
    .option('--keep-for <duration>', 'of a Job: how long it and its log stay when it is over (default: 7d)')
    .option('--autoscale <by>', "'keda' goes by lag, 'hpa' by CPU or a metric of the cluster, 'none' has always as many", 'none')
    .option('--processes-min <number>', 'with --autoscale: at least so many (default: 0 with keda, 1 with hpa)', wholeNumber)
    .option('--lag-per-process <number>', 'with keda: one process for each so many records that wait (default: 100)', wholeNumber)
    .option('--cooldown <duration>', 'with keda: without lag for so long, the last is stopped (default: 5m)')
    .option('--cpu-percent <number>', 'with hpa: of --cpu, above which a process is added (default: 70)', wholeNumber)
    .option('--metric <name=value>', 'with hpa: an external metric in place of CPU, and how much of it is enough for one process')
    .option('--metric-label <label=value>', 'which series of the metric; may be given again', gathered, [])
}
