using System.Collections.Concurrent;

namespace Kindred.Numerics;

/// <summary>
/// Scratch memory that is too large to make anew for every call: there is as much of it as calls that ran at once. Safe to share between
/// threads.
/// </summary>
/// <remarks>It comes back also when its use failed, so a use must not rely on what the one before left in it.</remarks>
/// <param name="create">Makes one more.</param>
internal sealed class ScratchPool<T>(Func<T> create) where T : class
{
    private readonly ConcurrentBag<T> _idle = [];

    /// <returns>To be disposed of after use.</returns>
    public Lease Take() => new(_idle, _idle.TryTake(out var scratch) ? scratch : create());

    /// <summary>The use of one.</summary>
    public readonly ref struct Lease
    {
        private readonly ConcurrentBag<T> _idle;

        internal Lease(ConcurrentBag<T> idle, T scratch) => (_idle, Scratch) = (idle, scratch);

        public T Scratch { get; }

        public void Dispose() => _idle.Add(Scratch);
    }
}
