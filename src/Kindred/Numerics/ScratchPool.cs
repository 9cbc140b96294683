using System.Collections.Concurrent;

namespace Kindred.Numerics;

/// <summary>
/// Scratch memory that is too large to make anew for every call: there is as much of it as calls that run at once, and what a burst of
/// calls leaves beyond that is not kept. Safe to share between threads.
/// </summary>
/// <remarks>It comes back also when its use failed, so a use must not rely on what the one before left in it.</remarks>
/// <param name="create">Makes one more.</param>
internal sealed class ScratchPool<T>(Func<T> create) where T : class
{
    /// <summary>The most that are kept while nobody uses them: what comes back beyond that is left to the garbage collector.</summary>
    internal static readonly int Most = 2 * Environment.ProcessorCount;

    private readonly ConcurrentBag<T> _idle = [];
    private int _kept; // never less than there are in the bag

    /// <returns>To be disposed of after use.</returns>
    public Lease Take() => new(this, Rent());

    /// <summary>For a use that does not end where it began, such as one that waits in between.</summary>
    /// <returns>To be given to <see cref="Return"/> after use.</returns>
    public T Rent()
    {
        if (!_idle.TryTake(out var scratch)) return create();
        Interlocked.Decrement(ref _kept);
        return scratch;
    }

    public void Return(T scratch)
    {
        if (Interlocked.Increment(ref _kept) <= Most) _idle.Add(scratch);
        else Interlocked.Decrement(ref _kept);
    }

    /// <summary>The use of one.</summary>
    public readonly ref struct Lease
    {
        private readonly ScratchPool<T> _pool;

        internal Lease(ScratchPool<T> pool, T scratch) => (_pool, Scratch) = (pool, scratch);

        public T Scratch { get; }

        public void Dispose() => _pool.Return(Scratch);
    }
}
