// Loaded before each task that build/bootstrap.mjs starts. Signals that reach the entrance arrive here as messages: a
// second real signal (the terminal sends Ctrl+C to every process of the group) could hit a process that is just
// ending, and its exit code would be lost.
process.on('message', (signal) => {
  if (!process.emit(signal, signal)) process.kill(process.pid, signal);
});
process.channel?.unref();
