import { setTimeout as delay } from 'node:timers/promises';

import { benchCommand } from './cli/bench.ts';
import { downCommand } from './cli/down.ts';
import { importCommand } from './cli/import.ts';
import { ingestCommand } from './cli/ingest.ts';
import { migrateCommand } from './cli/migrate.ts';
import { predictCommand } from './cli/predict.ts';
import { processCommand } from './cli/process.ts';
import { runCommandLine } from './cli/program.ts';
import { scoreCommand } from './cli/score/command.ts';
import { serveCommand } from './cli/serve.ts';
import { showCommand } from './cli/show.ts';
import { upCommand } from './cli/up.ts';
import { workerCommand } from './cli/worker.ts';
import { profileOf } from './http/profiles/choice.ts';
import { type Config, parseConfig, readEnvironment } from './ops/config.ts';
import { createLog, type Log } from './ops/log.ts';
import { onStopSignals } from './ops/stop-signals.ts';
import { Instance, type Role } from './wire/instance.ts';
import { openScoring } from './wire/open-scoring.ts';

const EXIT_FAILED = 1;

process.exitCode = await runCommandLine(
  [
    upCommand(runInstance),
    serveCommand(runInstance),
    workerCommand(runInstance),
    downCommand(),
    migrateCommand(),
    ingestCommand(),
    processCommand(),
    scoreCommand(openScoring),
    importCommand((model) => profileOf(model, null)),
    showCommand(),
    predictCommand(),
    benchCommand(),
  ],
  process.argv,
);

/** Starts an instance; it then runs until a signal stops it. */
async function runInstance(role: Role): Promise<void> {
  const config = parseConfig(readEnvironment());
  const log = createLog(config.logLevel);
  const instance = new Instance({ config, log, role });
  const isStopping = stopOnSignals(instance, config, log);
  endOnBugs(instance, log);
  try {
    await instance.start();
    if (!isStopping()) process.stdout.write(`listening on ${instance.address}\n`);
  } catch (error) {
    if (isStopping()) return; // The start was cut short, and what it leaves is being stopped.
    await instance.stop();
    throw error;
  }
}

/** The first request stops in order, a later one at once. */
function stopOnSignals(instance: Instance, config: Config, log: Log): () => boolean {
  let stopping = false;
  const fail = (): void => {
    instance.abandon();
    process.exit(EXIT_FAILED);
  };
  onStopSignals({
    stop(signal) {
      stopping = true;
      // A user at a terminal has no load balancer that must notice first.
      const drainDelayMs = signal === 'SIGTERM' && instance.isReady ? config.drainDelayMs : 0;
      log.info({ signal, drainDelayMs }, 'stopping');
      stopAfter(drainDelayMs, instance).then(
        () => {
          log.info('stopped');
          process.exit(); // A start that was cut short may still read a file.
        },
        (error: unknown) => {
          log.fatal({ err: error }, 'the stop failed');
          fail();
        },
      );
    },
    stopHard(signal) {
      log.warn({ signal }, 'stopping hard');
      fail();
    },
  });
  return () => stopping;
}

async function stopAfter(drainDelayMs: number, instance: Instance): Promise<void> {
  instance.drain();
  await delay(drainDelayMs);
  await instance.stop();
}

/** A bug ends the process loudly; every outcome that was acknowledged as stored is stored. */
function endOnBugs(instance: Instance, log: Log): void {
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'this is a bug');
    instance.abandon();
    process.exit(EXIT_FAILED);
  });
}
