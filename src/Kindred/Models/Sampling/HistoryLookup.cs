using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Models.Sampling;

/// <summary>
/// Which user has a history, so that a query with a history that was trained on gets the embedding that was trained for it. Histories are
/// known by a hash of 64 bits of their items and weights: 12 bytes a user. Of users with equal histories the first one is meant.
/// </summary>
internal sealed class HistoryLookup
{
    private readonly ReadOnlyMemory<long> _hashes; // [users with a history], ascending
    private readonly ReadOnlyMemory<int> _users;

    private HistoryLookup(ReadOnlyMemory<long> hashes, ReadOnlyMemory<int> users) => (_hashes, _users) = (hashes, users);

    public static HistoryLookup Of(SparseMatrix observed)
    {
        int[] users = [.. Enumerable.Range(0, observed.Rows).Where(user => observed.Row(user).Length > 0)];
        long[] hashes = [.. users.Select(user => HashOf(observed.Row(user)))];
        Array.Sort(hashes, users);
        int kept = 0;
        for (int n = 0; n < hashes.Length; n++)
        {
            if (kept > 0 && hashes[kept - 1] == hashes[n]) users[kept - 1] = Math.Min(users[kept - 1], users[n]);
            else (hashes[kept], users[kept++]) = (hashes[n], users[n]);
        }
        return new(hashes.AsMemory(0, kept), users.AsMemory(0, kept));
    }

    public bool TryFind(long hash, out int user)
    {
        int at = _hashes.Span.BinarySearch(hash);
        user = at < 0 ? -1 : _users.Span[at];
        return at >= 0;
    }

    public static long HashOf(SparseRow history)
    {
        ulong hash = (ulong)history.Length;
        for (int n = 0; n < history.Length; n++)
        {
            hash = (hash ^ ((ulong)history.Columns[n] << 32) ^ BitConverter.SingleToUInt32Bits(history.Values[n])) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 29;
        }
        return (long)hash;
    }

    public void Save(TensorWriter writer)
    {
        writer.Add("historyHashes", _hashes);
        writer.Add("historyUsers", _users);
    }

    public static HistoryLookup Load(TensorFile file) => new(file.Array<long>("historyHashes"), file.Array<int>("historyUsers"));
}
