// Defects to be planted in what several processes share a run by, as their files are loaded.
import type { PlantedBug } from './planted-bugs.ts'

const lead = 'src/runtime/lead.ts'
const run = 'src/runtime/run.ts'
const stages = 'src/runtime/stages.ts'

export const sharedPlantedBugs: readonly Omit<PlantedBug, 'showsIn'>[] = [
  {
    name: 'what was let go goes on with the newer epoch',
    file: 'src/runtime/owned-slice.ts',
    snippet: 'if (this.isLetGo) return',
    instead: 'if (!this.isLetGo) return',
  },
  {
    name: 'who does not lead opens barriers and ends the run',
    file: run,
    snippet: 'if (this.#lead.isLeading) this.#steer()',
    instead: 'this.#steer()',
    // Seed 2 shows it by going round in circles, for minutes.
    from: 3,
  },
  {
    name: 'a redrive begins no round while lanes of others are ending',
    file: lead,
    snippet: 'if (self !== undefined || givesAtItsEnd(stageOf(plan, name)) || stages.hasAnyEnded(name))',
    instead: 'if (stages.hasAnyEnded(name))',
    from: 100,
  },
  {
    name: 'counters are not read again when a slice is taken',
    file: 'src/runtime/slice-maker.ts',
    snippet: 'counters: state.countersOf(key)',
    instead: "counters: state.countersOf('')",
  },
  {
    name: 'lanes of others are read too',
    file: 'src/runtime/feed-maker.ts',
    snippet: 'return this.#making.lanes.includes(lane) ?',
    instead: 'return lane >= 0 ?',
  },
  {
    name: 'the run ends while lanes of others are open',
    file: stages,
    snippet: '?? lanes.every(lane => this.#options.state.hasEnded(stage.name, lane, this.#options.round()))',
    instead: '?? true',
  },
  {
    name: 'stages with a limit in common are owned apart',
    file: 'src/runtime/slices.ts',
    snippet: 'const groups = limitedTogether(plan)',
    instead: 'const groups = limitedTogether(plan).slice(0, 0)',
  },
  {
    name: 'an own commit counts for more than those of others after it',
    file: run,
    snippet: 'if (!this.#isShared) this.#heard({ progress: [], state })',
    instead: 'this.#heard({ progress: [], state })',
    from: 50,
  },
  {
    name: 'a run that waits for a stage which nobody takes is taken for stuck',
    file: 'src/runtime/judge.ts',
    snippet: 'const isConfirmed = size === 0 &&',
    instead: 'const isConfirmed = size >= 0 ||',
    from: 400,
  },
  {
    name: 'a stage that has nobody is not told of',
    file: 'src/runtime/attendance.ts',
    snippet: 'slices.filter((_, partition) => !owned.has(',
    instead: 'slices.filter((_, partition) => owned.has(',
  },
  {
    name: 'who was taken for dead does not take part again',
    file: 'src/runtime/share.ts',
    snippet: 'if (term === this.#term && !this.#isLeft) this.join().catch(onError)',
    instead: 'if (term !== this.#term && !this.#isLeft) this.join().catch(onError)',
  },
  {
    name: 'what waits for its key begins in a lane that was let go',
    file: 'src/runtime/work-processor.ts',
    snippet: 'if (next && !(this.#mayStart(next) && this.#admit(next.flight, next.unit)))',
    instead: 'if (next && !this.#admit(next.flight, next.unit))',
    from: 108_402,
  },
  {
    name: 'a rest that has just become long enough is not looked at again',
    file: run,
    snippet: 'this.#resting?.look(isStuck ? this.#stages.restingSlices : undefined, () => this.#turns.now())\n    if (this.#lead.isLeading) this.#steer()',
    instead: 'if (this.#lead.isLeading) this.#steer()\n    this.#resting?.look(isStuck ? this.#stages.restingSlices : undefined, () => this.#turns.now())',
  },
]
