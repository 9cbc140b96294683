using System.Text;
using Kindred.Data;

namespace Kindred.Import;

/// <summary>Event files, read one after another, and which rows came from where.</summary>
internal sealed class Staging(DuckDbSession engine, EventSources sources, CancellationToken cancellation)
{
    private readonly List<Part> _parts = [];
    private int _before; // rows of earlier imports, which come first

    /// <summary>One file's rows [First, End).</summary>
    /// <param name="Copy">The clean copy that was read instead, or null.</param>
    private sealed record Part(Table Table, CleanCopy? Copy, int First, int End);

    /// <summary>All rows that could be taken apart, those of earlier imports first.</summary>
    public StagedRows Rows { get; } = new(
        sources.Roles[0].Time is not null, sources.Roles[0].Kind != ValueKind.None,
        sources.Roles[0].Event is not null || sources.Roles[0].Type is not null);

    /// <summary>Rows of all files, broken ones too.</summary>
    public long Read => Rows.Count - _before + BrokenCount;

    public long BrokenCount => _parts.Sum(p => p.Copy?.Broken.Count ?? 0);

    /// <summary>Rows of nothing but delimiters.</summary>
    public long BlankCount => _parts.Sum(p => p.Copy?.Blank ?? 0);

    /// <summary>Rows that are the header again.</summary>
    public long HeaderCount => _parts.Sum(p => p.Copy?.Headers ?? 0);

    /// <summary>Takes the rows of a data folder, before any file is read.</summary>
    public void Load(DataFolder data)
    {
        StoredRows.AddTo(Rows, data);
        _before = Rows.Count;
    }

    /// <summary>Reads the numbered file.</summary>
    public void Load(int file)
    {
        var (table, roles) = (sources.Tables[file], sources.Roles[file]);
        int first = Rows.Count;
        // JSON writes any character in ASCII.
        bool isAscii = table is { Format: TableFormat.Delimited, File.Survey.IsAscii: true };
        bool isText = table is { Format: TableFormat.Delimited, File.Survey.IsAscii: false };
        bool isTight = table is { Format: TableFormat.Delimited, File.Survey.IsTight: true };
        // A row that breaks a rule may be a blank one or the header again, which a closer look tells.
        var copy = table.Read(engine,
            relation => Rows.Read(engine, sources.Rules.Columns(relation, roles, isAscii, isTight, isText), cancellation),
            () => Rows.Count - first, () => !HasInvalid(first) && !HasHeader(table, roles, first), cancellation,
            () => Rows.Truncate(first));
        _parts.Add(new(table, copy, first, Rows.Count));
    }

    private bool HasInvalid(int first) => Rows.Reasons[first..].ContainsAnyInRange((byte)1, (byte)(RowRules.FirstFilter - 1));

    /// <summary>Whether a row is the header again. Where there is a value or a time, its name breaks a rule.</summary>
    private bool HasHeader(Table table, ColumnRoles roles, int first)
    {
        if (!table.HasHeader || roles is not { Value: null, Time: null }) return false;
        int user = Rows.Users.Find(Encoding.UTF8.GetBytes(table.Columns[roles.User].Name));
        int item = Rows.Items.Find(Encoding.UTF8.GetBytes(table.Columns[roles.Item].Name));
        if (user < 0 || item < 0) return false;
        for (int row = first; row < Rows.Count; row++)
            if (Rows.User[row] == user && Rows.Item[row] == item) return true;
        return false;
    }

    /// <summary>Rows that break a rule, of all files.</summary>
    public long InvalidCount => BrokenCount + CountsByReason()[1..RowRules.FirstFilter].Sum();

    /// <summary>Valid rows that the event weights leave out.</summary>
    public long FilteredCount => CountsByReason()[RowRules.FirstFilter..].Sum();

    /// <returns>Reasons and how many rows each rejected.</returns>
    public IEnumerable<ReasonCount> Reasons()
    {
        var broken = _parts.SelectMany(p => p.Copy?.Broken.Counts ?? new Dictionary<string, long>());
        var judged = CountsByReason().Index().Where(r => r.Index != RowRules.Kept && r.Item > 0)
            .Select(r => KeyValuePair.Create(sources.Rules.Sentence(r.Index), r.Item));
        return broken.Concat(judged).GroupBy(r => r.Key).Select(g => new ReasonCount(g.Key, g.Sum(r => r.Value)));
    }

    /// <returns>The first rows that break a rule, in the order of the files.</returns>
    public IReadOnlyList<RejectedRow> FirstInvalid()
    {
        var judged = new List<(int Row, string Reason)>();
        for (int row = 0; row < Rows.Count && judged.Count < BrokenRows.Shown; row++)
            if (Rows.Reasons[row] is > RowRules.Kept and < RowRules.FirstFilter)
                judged.Add((row, sources.Rules.Sentence(Rows.Reasons[row])));
        var all = new List<RejectedRow>();
        foreach (var part in _parts)
        {
            var here = judged.Where(j => j.Row >= part.First && j.Row < part.End).Select(j => Locate(part, j.Row - part.First, j.Reason));
            all.AddRange(here.Concat(part.Copy?.Broken.First ?? []).OrderBy(r => r.Line));
        }
        return all.Count > BrokenRows.Shown ? all[..BrokenRows.Shown] : all;
    }

    private long[] CountsByReason()
    {
        var counts = new long[byte.MaxValue + 1];
        foreach (byte reason in Rows.Reasons) counts[reason]++;
        return counts;
    }

    private RejectedRow Locate(Part part, long position, string reason)
    {
        var row = engine.Rows(part.Table.RowAt(position, part.Copy?.Path))[0];
        long line = part.Copy is null ? position + part.Table.FirstLines + 1 : long.Parse(row[0]!);
        string text = (row[1] ?? "").Replace(
            Table.FieldSeparator.ToString(), part.Table.Dialect.Delimiter is { Length: > 0 } delimiter ? delimiter : " ",
            StringComparison.Ordinal);
        return new(part.Table.File.Name, line, reason, BrokenRows.Shorten(text));
    }
}
