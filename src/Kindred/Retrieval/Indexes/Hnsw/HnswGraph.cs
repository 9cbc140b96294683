using System.Globalization;
using Kindred.Numerics;
using Kindred.Numerics.Search;
using Kindred.Storage;

namespace Kindred.Retrieval.Indexes.Hnsw;

/// <summary>
/// The vectors of an <see cref="HnswIndex"/> and who is linked to whom. A slot is a vector's place; a vector in a slot never changes, so
/// that searches need no lock: one writer adds slots and links while any number of them read.
/// </summary>
/// <remarks>
/// All slots are on level 0, where each has up to 2·M links; a slot of level l has M links more on each of the levels 1…l. Where the inner
/// product counts, half of the links of level 0 are a list of their own (<see cref="HnswConstruction"/>). A list of links ends at its first
/// −1. A reader that meets a list being rewritten sees some old and some new links, all of them good.
/// </remarks>
internal sealed class HnswGraph
{
    private const int Nobody = -1;

    private readonly int[] _upperStarts; // [capacity], where a slot's upper lists begin; −1 on level 0
    private volatile int[] _upperLinks; // [upper lists, M]
    private int _upperCount;
    private float _longest; // squared length of the longest vector so far
    private volatile int _count;

    /// <summary>Room for vectors, none there yet.</summary>
    /// <param name="lists">Of links on level 0: 1 or 2.</param>
    public HnswGraph(int dimensions, int links, int lists, int capacity)
    {
        (Links, Lists, Capacity) = (links, lists, capacity);
        Vectors = new(capacity, dimensions);
        Codes = new(capacity, dimensions);
        (Items, Offsets, Levels) = (new int[capacity], new float[capacity], new byte[capacity]);
        LowestLinks = AlignedMemory.Allocate<int>(checked(capacity * 2 * links));
        LowestLinks.Span.Fill(Nobody);
        (_upperStarts, _upperLinks) = (new int[capacity], new int[64 * links]);
        Array.Fill(_upperStarts, Nobody);
    }

    private HnswGraph(
        int links, int lists, int entry, Matrix vectors, Int8Rows codes, Memory<int> lowest, int[] items, float[] offsets, byte[] levels,
        int[] upperStarts, int[] upperLinks)
    {
        (Links, Lists, Capacity, Entry, Vectors, Codes, LowestLinks) = (links, lists, items.Length, entry, vectors, codes, lowest);
        (Items, Offsets, Levels, _count) = (items, offsets, levels, items.Length);
        (_upperStarts, _upperLinks, _upperCount) = (upperStarts, upperLinks, upperLinks.Length);
    }

    /// <summary>M</summary>
    public int Links { get; }

    /// <summary>Lists of links that a slot has on level 0; there is one on each other.</summary>
    public int Lists { get; }

    public int Capacity { get; }

    /// <summary>Slots that are there.</summary>
    public int Count => _count;

    /// <summary>Where searches begin: a slot of the highest level; −1 when there are none.</summary>
    public int Entry { get; set; } = Nobody;

    /// <summary>[capacity, d]</summary>
    public Matrix Vectors { get; }

    /// <summary>[capacity, d] in 8 bits: what the graph is walked by.</summary>
    public Int8Rows Codes { get; }

    /// <summary>[capacity], the item in each slot; −1: removed, and only a way to others.</summary>
    public int[] Items { get; }

    /// <summary>
    /// [capacity], one more coordinate, that makes each vector as long as the longest before it; see <see cref="HnswConstruction"/>.
    /// </summary>
    public float[] Offsets { get; }

    /// <summary>[capacity]</summary>
    public byte[] Levels { get; }

    public int Dimensions => Vectors.Columns;

    public long Bytes =>
        ((long)Vectors.Values.Length * sizeof(float)) + Codes.Codes.Length
        + (sizeof(int) * (Codes.Scales.Length + Items.Length + Offsets.Length + _upperStarts.Length + (long)LowestLinks.Length
            + _upperCount))
        + Levels.Length;

    private Memory<int> LowestLinks { get; }

    /// <returns>One of a slot's lists of links on a level, to the first −1 if there is one.</returns>
    public Span<int> ListOf(int slot, int level, int list)
    {
        var links = LinksOf(slot, level);
        int length = level == 0 ? links.Length / Lists : links.Length;
        return links.Slice(list * length, length);
    }

    /// <returns>All links of a slot on a level, with −1 between and after them.</returns>
    public Span<int> LinksOf(int slot, int level) =>
        level == 0
            ? LowestLinks.Span.Slice(slot * 2 * Links, 2 * Links)
            : _upperLinks.AsSpan(_upperStarts[slot] + ((level - 1) * Links), Links);

    /// <summary>Asks the memory for the links of a place that will be looked at soon.</summary>
    public void PrefetchLinks(int slot) => Kernels.Prefetch<int>(LowestLinks.Span.Slice(slot * 2 * Links, 2 * Links));

    /// <summary>Puts a vector into the next slot, without a link to it.</summary>
    /// <returns>The slot. Searches know it when it is published.</returns>
    public int Append(int item, ReadOnlySpan<float> vector, int level)
    {
        int slot = _count;
        vector.CopyTo(Vectors.Row(slot));
        Codes.Set(slot, vector);
        (Items[slot], Levels[slot]) = (item, (byte)level);
        float squared = Kernels.Dot(vector, vector);
        _longest = Math.Max(_longest, squared);
        Offsets[slot] = MathF.Sqrt(_longest - squared);
        if (level > 0)
        {
            _upperStarts[slot] = _upperCount;
            int needed = _upperCount + (level * Links);
            if (_upperLinks.Length < needed)
            {
                var larger = new int[Math.Max(needed, 2 * _upperLinks.Length)];
                _upperLinks.AsSpan(0, _upperCount).CopyTo(larger);
                _upperLinks = larger;
            }
            _upperLinks.AsSpan(_upperCount, level * Links).Fill(Nobody);
            _upperCount = needed;
        }
        _count = slot + 1;
        return slot;
    }

    /// <returns>The same graph with more room. The old one stays as it is, for the searches that are in it.</returns>
    public HnswGraph Grow(int capacity)
    {
        var larger = new HnswGraph(Dimensions, Links, Lists, capacity) { Entry = Entry };
        Vectors.Values.CopyTo(larger.Vectors.Values);
        larger.Codes.CopyFrom(Codes);
        LowestLinks.CopyTo(larger.LowestLinks);
        Items.CopyTo(larger.Items, 0);
        Offsets.CopyTo(larger.Offsets, 0);
        Levels.CopyTo(larger.Levels, 0);
        _upperStarts.CopyTo(larger._upperStarts, 0);
        larger._upperLinks = [.. _upperLinks];
        (larger._upperCount, larger._longest, larger._count) = (_upperCount, _longest, _count);
        return larger;
    }

    public void Save(TensorWriter writer)
    {
        int count = Count;
        writer.AddText("links", $"{Links}");
        writer.AddText("lists", $"{Lists}");
        writer.AddText("longest", _longest.ToString("R", CultureInfo.InvariantCulture));
        writer.AddText("entry", $"{Entry}");
        writer.Add("vectors", Vectors.Rows == count ? Vectors : new Matrix(count, Dimensions, Vectors.Values[..(count * Dimensions)]));
        writer.Add("codes", Codes.Codes[..(count * Codes.Stride)]);
        writer.Add("scales", Codes.Scales[..count]);
        writer.Add<int>("links.lowest", LowestLinks[..(count * 2 * Links)]);
        writer.Add<int>("items", Items.AsMemory(0, count));
        writer.Add<float>("offsets", Offsets.AsMemory(0, count));
        writer.Add<byte>("levels", Levels.AsMemory(0, count));
        writer.Add<int>("links.upperStarts", _upperStarts.AsMemory(0, count));
        writer.Add<int>("links.upper", _upperLinks.AsMemory(0, _upperCount));
    }

    /// <summary>The large arrays stay in the file.</summary>
    public static HnswGraph Load(TensorFile file)
    {
        var vectors = file.Matrix("vectors");
        var graph = new HnswGraph(
            int.Parse(file.Text("links")), int.Parse(file.Text("lists")), int.Parse(file.Text("entry")), vectors,
            new(vectors.Rows, vectors.Columns, file.Array<sbyte>("codes"), file.Array<float>("scales")), file.Array<int>("links.lowest"),
            file.Array<int>("items").ToArray(), file.Array<float>("offsets").ToArray(), file.Array<byte>("levels").ToArray(),
            file.Array<int>("links.upperStarts").ToArray(), file.Array<int>("links.upper").ToArray());
        graph._longest = float.Parse(file.Text("longest"), CultureInfo.InvariantCulture);
        return graph;
    }
}
