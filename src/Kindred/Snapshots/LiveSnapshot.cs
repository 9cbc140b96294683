namespace Kindred.Snapshots;

/// <summary>
/// The snapshot being served: one reference, swapped whole. A request takes a lease; a snapshot that was replaced is closed when its last
/// lease ends. Safe to use from any number of threads.
/// </summary>
public sealed class LiveSnapshot : IDisposable
{
    private readonly Lock _gate = new();
    private Counted? _current;
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

    /// <returns>The current snapshot, open until the lease is disposed; null when there is none.</returns>
    public Lease? TryAcquire()
    {
        lock (_gate)
        {
            if (_current is null) return null;
            _current.References++;
            return new(this, _current);
        }
    }

    /// <summary>
    /// Requests from now on get <paramref name="next"/>, made ready before; those under way keep what they have.
    /// </summary>
    /// <param name="next">Closed by this holder.</param>
    public void Swap(Snapshot next)
    {
        next.GetReady();
        Counted? old;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            (old, _current) = (_current, new(next));
        }
        Release(old);
    }

    public void Dispose()
    {
        Counted? old;
        lock (_gate)
        {
            _disposed = true;
            (old, _current) = (_current, null);
        }
        Release(old);
    }

    private void Release(Counted? counted)
    {
        if (counted is null) return;
        bool last;
        lock (_gate) last = --counted.References == 0;
        if (last) counted.Snapshot.Dispose();
    }

    /// <summary>A snapshot and how many use it: the holder itself is one.</summary>
    internal sealed class Counted(Snapshot snapshot)
    {
        public Snapshot Snapshot => snapshot;

        public int References { get; set; } = 1;
    }

    /// <summary>One request's right to a snapshot.</summary>
    public sealed class Lease : IDisposable
    {
        private readonly LiveSnapshot _holder;
        private Counted? _counted;

        internal Lease(LiveSnapshot holder, Counted counted) => (_holder, _counted) = (holder, counted);

        /// <exception cref="ObjectDisposedException">The lease has ended.</exception>
        public Snapshot Snapshot => _counted?.Snapshot ?? throw new ObjectDisposedException(nameof(Lease));

        public void Dispose() => _holder.Release(Interlocked.Exchange(ref _counted, null));
    }
}
