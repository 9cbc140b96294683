using System.IO.Hashing;
using System.Numerics;
using System.Text;
using Kindred.Storage;

namespace Kindred.Data;

/// <summary>
/// Maps external identifiers to dense indices 0…Count − 1 and back. Immutable; can be mapped from a file, nothing is built on opening.
/// </summary>
/// <remarks>
/// The hash table is part of the file: open addressing, linear probing, at most half full. A slot holds index + 1, 0 is free.
/// Slot of an id = XXH3(UTF-8 bytes) mod slots.
/// </remarks>
public sealed class Vocabulary
{
    private readonly StringTable _ids;
    private readonly ReadOnlyMemory<int> _slots;

    private Vocabulary(StringTable ids, ReadOnlyMemory<int> slots)
    {
        _ids = ids;
        _slots = slots;
    }

    /// <param name="ids">In index order, no repeats.</param>
    public Vocabulary(IReadOnlyCollection<string> ids) : this(StringTable.From(ids)) { }

    /// <param name="ids">In index order, no repeats.</param>
    public Vocabulary(StringTable ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        _ids = ids;
        var slots = new int[(int)BitOperations.RoundUpToPowerOf2(Math.Max(2, 2 * (uint)ids.Count))];
        for (int index = 0; index < ids.Count; index++)
        {
            var id = ids.Utf8(index);
            uint slot = SlotOf(id, slots.Length);
            for (; slots[slot] != 0; slot = (slot + 1) & (uint)(slots.Length - 1))
                if (ids.Utf8(slots[slot] - 1).SequenceEqual(id))
                    throw new ArgumentException($"Id '{ids[index]}' occurs twice.", nameof(ids));
            slots[slot] = index + 1;
        }
        _slots = slots;
    }

    public int Count => _ids.Count;

    public string Id(int index) => _ids[index];

    /// <returns>The id's bytes, without a copy.</returns>
    internal ReadOnlySpan<byte> Utf8(int index) => _ids.Utf8(index);

    public bool TryGetIndex(string id, out int index)
    {
        int length = Encoding.UTF8.GetByteCount(id);
        Span<byte> utf8 = length <= 256 ? stackalloc byte[length] : new byte[length];
        Encoding.UTF8.GetBytes(id, utf8);
        var slots = _slots.Span;
        for (uint slot = SlotOf(utf8, slots.Length); slots[(int)slot] != 0; slot = (slot + 1) & (uint)(slots.Length - 1))
        {
            index = slots[(int)slot] - 1;
            if (_ids.Utf8(index).SequenceEqual(utf8)) return true;
        }
        index = -1;
        return false;
    }

    /// <returns>True if every id has the same index in both: what speaks one speaks the other.</returns>
    public bool HasSameIds(Vocabulary other) => _ids.HasSameStrings(other._ids);

    /// <returns>True if every id of the other one has the same index here; ids may follow.</returns>
    public bool BeginsWith(Vocabulary other) => _ids.BeginsWith(other._ids);

    /// <returns>These ids, and more behind them.</returns>
    /// <param name="ids">In index order, no repeats, none of those that are there.</param>
    internal Vocabulary Append(IReadOnlyCollection<string> ids) => ids.Count == 0 ? this : new(_ids.Append(ids));

    public void Save(TensorWriter writer, string name)
    {
        _ids.Save(writer, name);
        writer.Add($"{name}.slots", _slots);
    }

    public static Vocabulary Load(TensorFile file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new(StringTable.Load(file, name), file.Array<int>($"{name}.slots"));
    }

    private static uint SlotOf(ReadOnlySpan<byte> id, int slots) => (uint)XxHash3.HashToUInt64(id) & (uint)(slots - 1);
}
