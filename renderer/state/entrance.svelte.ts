/** Whether the other process lets this page in. */
export class Entrance {
  refused = $state(false);
}
