using System.Buffers.Binary;
using System.IO.Hashing;
using Kindred.Data;

namespace Kindred.Import;

/// <summary>Ids in the order in which they were first seen: the first has code 0, the next one 1.</summary>
/// <remarks>Open addressing with linear probing, at most half full; a slot holds code + 1 and the lower half of the id's XXH3.</remarks>
/// <param name="what">The ids, for a person.</param>
internal sealed class IdCodes(string what)
{
    private (uint Hash, int Code)[] _slots = new (uint, int)[1 << 12];
    private int[] _starts = new int[1 << 10];
    private byte[] _text = new byte[1 << 14];

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Utf8(int code) => _text.AsSpan(_starts[code].._starts[code + 1]);

    /// <returns>The code of the id, which is a new one where it was not seen before.</returns>
    /// <exception cref="InputException">More than 2 GiB of ids.</exception>
    public int CodeOf(ReadOnlySpan<byte> id)
    {
        uint hash = (uint)XxHash3.HashToUInt64(id);
        uint slot = SlotOf(id, hash);
        return _slots[slot].Code > 0 ? _slots[slot].Code - 1 : Add(id, hash, slot);
    }

    /// <returns>The code of the id, −1 where it was not seen.</returns>
    public int Find(ReadOnlySpan<byte> id) => _slots[SlotOf(id, (uint)XxHash3.HashToUInt64(id))].Code - 1;

    /// <summary>The ids that are marked, shorter ones first, then by byte: plain whole numbers stand in numeric order.</summary>
    /// <param name="used">[Count]</param>
    /// <returns>The ids; and of each code the place among them, undefined where it is not marked.</returns>
    public (StringTable Ids, int[] Places) InOrder(ReadOnlySpan<bool> used)
    {
        var order = new int[used.Count(true)];
        for (int code = 0, next = 0; code < used.Length; code++)
            if (used[code]) order[next++] = code;
        var lengths = Array.ConvertAll(order, code => Utf8(code).Length);
        Array.Sort(lengths, order);
        for (int first = 0, end; first < order.Length; first = end)
        {
            for (end = first + 1; end < order.Length && lengths[end] == lengths[first]; end++) { }
            SortByBytes(order.AsSpan(first..end), lengths[first], 0);
        }
        var places = new int[Count];
        var starts = new int[order.Length + 1];
        for (int n = 0; n < order.Length; n++)
        {
            places[order[n]] = n;
            starts[n + 1] = starts[n] + Utf8(order[n]).Length;
        }
        var text = new byte[starts[^1]];
        for (int n = 0; n < order.Length; n++) Utf8(order[n]).CopyTo(text.AsSpan(starts[n]));
        return (new(starts, text), places);
    }

    /// <summary>Sorts ids of one length that are the same in the first <paramref name="same"/> bytes, by eight bytes at a time.</summary>
    private void SortByBytes(Span<int> codes, int length, int same)
    {
        if (codes.Length < 2) return;
        int shared = length;
        foreach (int code in codes[1..]) shared = Math.Min(shared, Utf8(code).CommonPrefixLength(Utf8(codes[0])));
        same = Math.Max(same, shared);
        var keys = new ulong[codes.Length];
        Span<byte> eight = stackalloc byte[sizeof(ulong)];
        for (int n = 0; n < codes.Length; n++)
        {
            eight.Clear();
            Utf8(codes[n])[same..Math.Min(length, same + sizeof(ulong))].CopyTo(eight);
            keys[n] = BinaryPrimitives.ReadUInt64BigEndian(eight);
        }
        keys.AsSpan().Sort(codes);
        for (int first = 0, end; first < codes.Length; first = end)
        {
            for (end = first + 1; end < codes.Length && keys[end] == keys[first]; end++) { }
            SortByBytes(codes[first..end], length, same + sizeof(ulong));
        }
    }

    /// <returns>Where the id is, or the free slot where it belongs.</returns>
    private uint SlotOf(ReadOnlySpan<byte> id, uint hash)
    {
        uint mask = (uint)_slots.Length - 1, slot = hash & mask;
        while (_slots[slot] is { Code: > 0 } taken && (taken.Hash != hash || !Utf8(taken.Code - 1).SequenceEqual(id)))
            slot = (slot + 1) & mask;
        return slot;
    }

    private int Add(ReadOnlySpan<byte> id, uint hash, uint slot)
    {
        int start = _starts[Count];
        if (start > Array.MaxLength - id.Length)
            throw new InputException($"The ids of all {what} together have more than 2 GiB; use shorter ids.");
        if (Count + 2 > _starts.Length) Array.Resize(ref _starts, 2 * _starts.Length);
        if (start + id.Length > _text.Length)
            Array.Resize(ref _text, (int)Math.Min(Array.MaxLength, Math.Max(2L * _text.Length, start + id.Length)));
        id.CopyTo(_text.AsSpan(start));
        _starts[++Count] = start + id.Length;
        _slots[slot] = (hash, Count);
        if (2 * Count > _slots.Length) Grow();
        return Count - 1;
    }

    private void Grow()
    {
        var before = _slots;
        _slots = new (uint, int)[2 * before.Length];
        uint mask = (uint)_slots.Length - 1;
        foreach (var taken in before)
        {
            if (taken.Code == 0) continue;
            uint slot = taken.Hash & mask;
            while (_slots[slot].Code > 0) slot = (slot + 1) & mask;
            _slots[slot] = taken;
        }
    }
}
