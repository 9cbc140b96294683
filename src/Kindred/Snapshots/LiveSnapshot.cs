using Kindred.Models;

namespace Kindred.Snapshots;

/// <summary>
/// The snapshot being served: one reference, swapped whole. A request takes a lease; a snapshot that was replaced is closed when its last
/// lease ends. Safe to use from any number of threads.
/// </summary>
internal sealed class LiveSnapshot : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lock _refresh = new();
    private Snapshot? _current;
    private double _recallSample;
    private volatile string? _absence;
    private bool _disposed;

    /// <summary>Holds nothing yet.</summary>
    public LiveSnapshot() { }

    /// <param name="snapshot">Closed by this holder.</param>
    public LiveSnapshot(Snapshot snapshot) => Swap(snapshot);

    /// <summary>True from the first <see cref="Swap"/> to <see cref="Dispose"/>.</summary>
    public bool HasSnapshot
    {
        get { lock (_gate) return _current is not null; }
    }

    /// <summary>True: answers are given without one, too, and nothing is to be waited for.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Why there is none, for those who ask: a sentence without paths; null: nobody knows.</summary>
    public string? Absence
    {
        get => _absence;
        set => _absence = value;
    }

    /// <returns>The current snapshot, open until the lease is disposed; null when there is none yet.</returns>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public Lease? TryAcquire()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _current is null ? null : new(_current);
        }
    }

    /// <summary>
    /// Requests from now on get <paramref name="next"/>, made ready before; those under way keep what they have.
    /// </summary>
    /// <param name="next">Closed by this holder, also when it cannot be made ready.</param>
    public void Swap(Snapshot next)
    {
        Snapshot? old;
        try
        {
            next.GetReady();
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                next.SampleRecall(_recallSample);
                (old, _current) = (_current, next);
            }
        }
        catch
        {
            next.Dispose();
            throw;
        }
        old?.Dispose();
    }

    /// <summary>Opens the newest snapshot at a path and swaps to it, if that is another one than the current.</summary>
    /// <param name="path">A snapshot, or a folder of snapshots: as long as there is no current one, the newest that can be opened.</param>
    /// <param name="trainers">Knows those of its models; null: <see cref="TrainerCatalog.Default"/>.</param>
    /// <returns>True when another one answers from now on.</returns>
    /// <exception cref="InputException">There is none, or it is damaged or newer than this version; the current one stays.</exception>
    public bool Refresh(string path, TrainerCatalog? trainers = null)
    {
        // one at a time: a slow opening must not put an older snapshot over a newer one
        lock (_refresh)
        {
            string newest = Snapshot.Find(path);
            bool isFirst;
            using (var lease = TryAcquire())
            {
                if (lease?.Snapshot.Path == newest) return false;
                isFirst = lease is null;
            }
            Swap(Snapshot.Open(isFirst ? path : newest, trainers)); // beside a current one, an older one is no gain
            return true;
        }
    }

    /// <summary><see cref="Snapshot.SampleRecall"/>, of the current snapshot and of those to come.</summary>
    /// <exception cref="InputException">The share is not in 0 to 1.</exception>
    public void SampleRecall(double share)
    {
        lock (_gate)
        {
            _current?.SampleRecall(share);
            _recallSample = share;
        }
    }

    public void Dispose()
    {
        Snapshot? old;
        lock (_gate)
        {
            _disposed = true;
            (old, _current) = (_current, null);
        }
        old?.Dispose();
    }

    /// <summary>One request's right to a snapshot.</summary>
    public sealed class Lease : IDisposable
    {
        private readonly IDisposable _held;
        private Snapshot? _snapshot;

        internal Lease(Snapshot snapshot) => (_snapshot, _held) = (snapshot, snapshot.Hold());

        /// <exception cref="ObjectDisposedException">The lease has ended.</exception>
        public Snapshot Snapshot => _snapshot ?? throw new ObjectDisposedException(nameof(Lease));

        public void Dispose()
        {
            _snapshot = null;
            _held.Dispose();
        }
    }
}
