namespace Kindred.Server.Endpoints;

/// <summary>
/// The keys of the newest requests that this server took, for requests that leave nothing behind by which a repeated one is known. Safe to
/// share between threads.
/// </summary>
internal sealed class RecentKeys
{
    private const int Most = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _bodies = new(StringComparer.Ordinal); // by key
    private readonly Queue<string> _oldest = [];

    /// <returns>The body that the key came with before; null: it is new.</returns>
    public string? BodyOf(string key)
    {
        lock (_gate) return _bodies.GetValueOrDefault(key);
    }

    /// <summary>Notes a key with its body, after all that it asked for is done.</summary>
    public void Note(string key, string body)
    {
        lock (_gate)
        {
            if (!_bodies.TryAdd(key, body)) return;
            _oldest.Enqueue(key);
            if (_oldest.Count > Most) _bodies.Remove(_oldest.Dequeue());
        }
    }
}
