// `deploy`: its options and help. What it does is in a file of its own, imported when it is called.
import type { Command } from 'commander'
import { doing, examples, wholeNumber } from './command-parts.ts'
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
    .option('--pull-secret <secret>', 'for the image; may be given again', gathered, [])
    .option('--egress <network:port>', 'where it may connect to beside its brokers, such as 0.0.0.0/0:443; may be given again', gathered, [])
    .option('--broker-network <network>', 'where the brokers are (default: their ports are open to any address)')
}

function limitOptions(deploy: Command): void {
  deploy
    .option('--memory <quantity>', 'of the process', '512Mi').option('--cpu <quantity>', 'processors kept for the process', '500m').option('--disk <quantity>', 'of its working folder', '1Gi')
    .option('--grace <duration>', 'how long what is at work may take to finish when it is stopped', '30s')
    .option('--processes <number>', '1: a run is not shared between processes yet', wholeNumber, 1)
    .option('--autoscale <by>', "'keda' runs the process only while there is lag, 'none' always", 'none')
    .option('--cooldown <duration>', 'with keda: without lag for so long, it is stopped (default: 5m)')
    .option('--retries <number>', 'of a Job: pods that may fail (default: 6)', wholeNumber)
    .option('--keep-for <duration>', 'of a Job: how long it and its log stay when it is over (default: 7d)')
}

function gathered(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}
