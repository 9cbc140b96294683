using System.Runtime.InteropServices;
using System.Text;
using Kindred.Numerics;

namespace Kindred.Import;

/// <summary>
/// The rows of all files, column by column, in the order of the files: ids as codes, and the reason why a row does not count. Where it does
/// not, its other columns are undefined.
/// </summary>
/// <param name="hasTimes">Otherwise there are none, as of <paramref name="hasValues"/> and <paramref name="hasEvents"/>.</param>
internal sealed class StagedRows(bool hasTimes, bool hasValues, bool hasEvents)
{
    private const int BatchChunks = 32; // 65,536 rows

    private readonly List<int> _user = [], _item = [], _event = [];
    private readonly List<long> _times = [];
    private readonly List<float> _values = [];
    private readonly List<byte> _reasons = [];

    public int Count => _reasons.Count;

    public IdCodes Users { get; } = new("users");

    public IdCodes Items { get; } = new("items");

    /// <summary>Types of events, of rows that do not count, too.</summary>
    public IdCodes EventTypes { get; } = new("events");

    public ReadOnlySpan<int> User => CollectionsMarshal.AsSpan(_user);

    public ReadOnlySpan<int> Item => CollectionsMarshal.AsSpan(_item);

    public ReadOnlySpan<int> Event => CollectionsMarshal.AsSpan(_event);

    public ReadOnlySpan<long> Times => CollectionsMarshal.AsSpan(_times);

    public ReadOnlySpan<float> Values => CollectionsMarshal.AsSpan(_values);

    /// <summary>[rows], see <see cref="RowRules"/>; 0 where a row counts.</summary>
    public ReadOnlySpan<byte> Reasons => CollectionsMarshal.AsSpan(_reasons);

    /// <returns>Names of all types of events, in the order of their letters.</returns>
    public string[] TypeNames() =>
    [
        .. Enumerable.Range(0, EventTypes.Count).Select(type => Encoding.UTF8.GetString(EventTypes.Utf8(type)))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Adds the rows of a query of <see cref="RowRules.Columns"/>. While the engine reads on, one thread looks up users, another one items.
    /// </summary>
    /// <exception cref="EngineException">The query failed; some of its rows may have been added.</exception>
    /// <exception cref="InputException">More than 2³¹ rows, or too long ids.</exception>
    public void Read(DuckDbSession engine, string sql, CancellationToken cancellation) => engine.ForEachBatch(sql, BatchChunks, chunks =>
    {
        long rows = Count + chunks.Sum(chunk => (long)chunk.Count);
        if (rows > Array.MaxLength)
            throw new InputException($"More than {Array.MaxLength} rows do not fit into one data folder; import a part.");
        Blocks.ForEach(2, 1, 2, (part, _) =>
        {
            foreach (var chunk in chunks)
            {
                if (part == 0) AddCodes(chunk, 0, Users, _user);
                else AddOthers(chunk);
            }
        }, cancellation);
    });

    /// <param name="time">UTC Unix milliseconds.</param>
    public void Add(ReadOnlySpan<byte> user, ReadOnlySpan<byte> item, float value, long time, ReadOnlySpan<byte> type)
    {
        _user.Add(Users.CodeOf(user));
        _item.Add(Items.CodeOf(item));
        if (hasValues) _values.Add(value);
        if (hasTimes) _times.Add(time);
        if (hasEvents) _event.Add(EventTypes.CodeOf(type));
        _reasons.Add(RowRules.Kept);
    }

    /// <summary>Takes rows away until <paramref name="count"/> are left.</summary>
    public void Truncate(int count)
    {
        Cut(_user, count);
        Cut(_item, count);
        Cut(_event, count);
        Cut(_times, count);
        Cut(_values, count);
        Cut(_reasons, count);
    }

    private void AddOthers(Chunk chunk)
    {
        AddCodes(chunk, 1, Items, _item);
        if (hasValues) _values.AddRange(chunk.Column<float>(2));
        if (hasTimes) _times.AddRange(chunk.Column<long>(3));
        if (hasEvents) AddCodes(chunk, 4, EventTypes, _event, ofAll: true);
        _reasons.AddRange(chunk.Column<byte>(5));
    }

    private static void AddCodes(Chunk chunk, int column, IdCodes ids, List<int> codes, bool ofAll = false)
    {
        var texts = chunk.Texts(column);
        var reasons = chunk.Column<byte>(5);
        int before = codes.Count;
        CollectionsMarshal.SetCount(codes, before + chunk.Count);
        var added = CollectionsMarshal.AsSpan(codes)[before..];
        for (int row = 0; row < added.Length; row++)
            added[row] = ofAll || reasons[row] == RowRules.Kept ? ids.CodeOf(texts[row]) : -1;
    }

    private static void Cut<T>(List<T> column, int count)
    {
        if (column.Count > count) column.RemoveRange(count, column.Count - count);
    }
}
