using System.Collections.Concurrent;
using Kindred.Server.Telemetry;

namespace Kindred.Server.Live;

/// <summary>Measures the time from an event's being stored to the first answer that uses it.</summary>
internal sealed class Freshness
{
    private const int MostOwners = 100_000; // of others, who ask seldom, nothing is measured

    private readonly ConcurrentDictionary<string, DateTimeOffset> _waiting = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>An event can be used from now on. Of several of one owner the oldest is measured.</summary>
    public void Note(string owner, DateTimeOffset stored)
    {
        if (Volatile.Read(ref _count) < MostOwners && _waiting.TryAdd(owner, stored)) Interlocked.Increment(ref _count);
    }

    /// <summary>An answer uses the owner's events.</summary>
    public void Answer(string owner, DateTimeOffset now)
    {
        if (!_waiting.TryRemove(owner, out var stored)) return;
        Interlocked.Decrement(ref _count);
        Instruments.Freshness.Record((now - stored).TotalSeconds);
    }
}
