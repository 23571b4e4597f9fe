import Glibc
import Synchronization

/// The temporary files that exist now, to be removed when the process is told to end.
package enum TemporaryFiles {
  private static let paths = Mutex<Set<FilePath>>([])

  /// Creates `path` for writing and returns its descriptor, or −1 with `errno` set.
  package static func create(_ path: FilePath) -> Int32 {
    // Under the lock: a signal finds the file registered, or not there at all.
    paths.withLock { paths in
      let descriptor = path.withCString {
        open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
      }
      if descriptor >= 0 { paths.insert(path) }
      return descriptor
    }
  }

  /// Forgets `path`, which is not temporary any more.
  package static func remove(_ path: FilePath) { paths.withLock { _ = $0.remove(path) } }

  /// Deletes `path` if it is still temporary.
  package static func delete(_ path: FilePath) {
    paths.withLock { if $0.remove(path) != nil { path.withCString { _ = unlink($0) } } }
  }

  /// From now on Ctrl-C and the other polite ways to end the process delete the temporary files first.
  ///
  /// The signals are blocked in this thread and in all that it starts; one thread waits for them, so that no code runs
  /// in a signal handler. Call it before any other thread is started.
  package static func deleteOnSignals() {
    let signals = [SIGINT, SIGTERM, SIGHUP].filter { !isIgnored($0) }
    guard !signals.isEmpty else { return }
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    guard pthread_sigmask(SIG_BLOCK, &set, nil) == 0 else { return }
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, { _ in TemporaryFiles.waitForSignal() }, nil)
    if status == 0 { pthread_detach(thread) } else { pthread_sigmask(SIG_UNBLOCK, &set, nil) }
  }

  /// Whoever started the process may want it to survive a signal (`nohup`).
  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }

  /// Ends the process by the signal that arrived, as if nothing had been in its way.
  private static func waitForSignal() -> UnsafeMutableRawPointer? {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(signal) { sigaddset(&set, signal) }
    var signal: Int32 = 0
    while sigwait(&set, &signal) != 0 {}
    paths.withLock { paths in
      for path in paths { path.withCString { _ = unlink($0) } }
      // Still under the lock: nobody makes another file now.
      var only = sigset_t()
      sigemptyset(&only)
      sigaddset(&only, signal)
      Glibc.signal(signal, SIG_DFL)
      Glibc.raise(signal)
      pthread_sigmask(SIG_UNBLOCK, &only, nil)
      _exit(128 + signal)
    }
    return nil
  }
}
