using System.Globalization;
using Kindred.Data;

namespace Kindred.Import;

/// <summary>What is possible but probably not meant: each a sentence with the option that mends it.</summary>
/// <param name="types">Of events, of rows that do not count, too.</param>
internal sealed class Suspicions(
    DuckDbSession engine, EventSources sources, EncodedRows rows, string[] types, ImportOptions options, DateTimeOffset now)
{
    private const double Tenth = 0.1, NearlyAll = 0.98;
    private const int FewRows = 20;

    private static readonly HashSet<string> LikeNull =
        ["null", "nan", "none", "na", "n/a", "nil", "unknown", "undefined", "anonymous", "anon", "guest", "missing", "empty", "default",
            "-", "--", "?", "0", "-1", "not set", "(not set)", "-999", "-9999",
            "999999999", "00000000-0000-0000-0000-000000000000", "deleted", "[deleted]", "removed", "[removed]", "not available", "n/v",
                "n.v.",
            "leer", "vide", "inf", ".", "*", "test", "(other)", "gast", "anonym", "k.a.", "keine angabe", "n.d.", "nullptr", "natype",
                "[]", "{}",
            "unbekannt", "inconnu", "desconocido", "1.#qnan", "9999"];

    private ColumnRoles Roles => sources.Roles[0];

    private Table Table => sources.Tables[0];

    private long Rows => rows.User.LongLength - rows.User.AsSpan().Count(-1);

    public IEnumerable<string> All() =>
        [.. OfTimes(), .. OfDates(), .. OfIds("user", "users", rows.Users, rows.User, Roles.User),
            .. OfIds("item", "items", rows.Items, rows.Item, Roles.Item),
         .. OfFirstRow(), .. OtherSheets(sources), .. OfValues(), .. OfFlags(), .. OfFiles(), .. OfTypes(), .. OfWeights()];

    /// <summary>Columns that say yes or no and are not used.</summary>
    private IEnumerable<string> OfFlags()
    {
        if (Roles.Value is not null || Table.Format == TableFormat.ItemLists || options.Value is not null) yield break;
        for (int column = 0; column < Table.Columns.Count; column++)
        {
            string name = Table.Columns[column].Name;
            if (Roles.Used.Contains(column) || Table.Columns[column].List is not null) continue;
            var sample = Table.Sample(engine, column, FewRows * 10).FindAll(v => !NullWords.Are(v));
            if (sample.Count < FewRows || sample.Distinct(StringComparer.OrdinalIgnoreCase).Count() != 2
                || !ValueFormat.AreZeroOrOne(sample)) continue;
            yield return $"{name} says yes or no and is not used, so that rows with {sample.First(v => !ValueFormat.IsYes(v))} count "
                + $"like those " +
                $"with {sample.First(ValueFormat.IsYes)}: --value {name} leaves the former out, --value none says that it does not matter.";
        }
    }

    private static readonly HashSet<string> Negative =
        ["dislike", "disliked", "unlike", "thumbsdown", "downvote", "skip", "skipped", "remove", "removed", "removefromcart", "refund",
            "refunded",
            "return", "returned", "cancel", "cancelled", "canceled", "hide", "hidden", "report", "reported", "block", "blocked", "unfollow",
            "notinterested", "delete", "deleted", "reject", "rejected", "unsubscribe", "negative", "complaint"];

    private static readonly string[] Actions =
        ["view", "click", "cart", "purchase", "order", "buy", "bought", "like", "wish", "favorit", "play", "rating", "review", "share",
            "download",
            "install", "visit", "impression", "sale", "transaction"];

    /// <summary>Files of several kinds of events that count alike.</summary>
    private IEnumerable<string> OfFiles()
    {
        if (Roles.Event is not null || Roles.Type is not null || Roles.Value is not null) yield break;
        var kinds = sources.Tables.Select(t => (t.File.Path, Kind: Actions.FirstOrDefault(a => t.File.Name.Contains(a,
            StringComparison.OrdinalIgnoreCase))))
            .Where(f => f.Kind is not null).DistinctBy(f => f.Kind).ToList();
        if (kinds.Count > 1)
            yield return $"{string.Join(", ", kinds.Select(f => f.Path))} count alike: "
                + $"{string.Join(' ', kinds.Select((f, n) => $"--file {f.Path}:{f.Kind}={1 + n}"))} gives each its weight.";
    }

    /// <summary>Types of events that say that a user does not want an item, and count like any other.</summary>
    private IEnumerable<string> OfTypes()
    {
        if (Roles.Event is null || options.Weights.Count > 0) yield break;
        const int Shown = 50;
        if (types.FirstOrDefault(t => Negative.Contains(ColumnNames.Normalize(t))) is not { } bad) yield break;
        yield return $"Events of the type '{bad}' count like all others: leave them out with "
            + $"{string.Join(' ', types.Take(Shown).Select(t =>
                 $"--weight {t}={(Negative.Contains(ColumnNames.Normalize(t)) ? 0 : 1)}"))}.";
    }

    private IEnumerable<string> OfWeights() => UnknownTypes(types, Roles, options);

    /// <summary>Of event types with a weight those that no row has.</summary>
    public static IEnumerable<string> UnknownTypes(string[] types, ColumnRoles roles, ImportOptions options)
    {
        if (roles.Event is null || options.Weights.Count == 0) yield break;
        foreach (string type in options.Weights.Keys.Except(types))
            yield return $"No event has the type '{type}' of --weight{Spelling.Hint(type, types)}";
    }

    private IEnumerable<string> OfTimes()
    {
        long first = long.MaxValue, last = long.MinValue;
        for (int n = 0; n < rows.Times.Length; n++)
        {
            if (rows.User[n] < 0) continue;
            first = Math.Min(first, rows.Times[n]);
            last = Math.Max(last, rows.Times[n]);
        }
        if (first > last) yield break;
        int zeros = first == 0 ? Enumerable.Range(0, rows.Times.Length).Count(n => rows.User[n] >= 0 && rows.Times[n] == 0) : 0;
        if (zeros > 0 && DateTimeOffset.FromUnixTimeMilliseconds(last).Year > 1995)
            yield return $"{zeros} events have the time 0, which is 1970-01-01: if it means none, leave them out with --null 0 " +
                "--on-error skip.";
        DateTimeOffset from = DateTimeOffset.FromUnixTimeMilliseconds(first), to = DateTimeOffset.FromUnixTimeMilliseconds(last);
        string column = Table.Columns[Roles.Time!.Value].Name;
        if (to.Year < 1996)
            yield return $"All times lie {(to.Year == 1970 ? "in 1970" : $"before 1996, the last in {to.Year}")}: is {column} a time, " +
                $"and in this unit? {Units(engine, Table, Roles, now)}--time none leaves the times out.";
        else if (Rows >= FewRows && to - from < TimeSpan.FromHours(1))
            yield return $"All times lie within one hour, {from:yyyy-MM-dd HH:mm} UTC: is {column} the time of the events? "
                + "--time names another column, --time-format another unit.";
    }

    /// <summary>Columns of nothing but dates, where no column is known to hold times.</summary>
    private IEnumerable<string> OfDates()
    {
        if (Roles.Time is not null || options.Time is not null || Table.Format == TableFormat.ItemLists) yield break;
        for (int column = 0; column < Table.Columns.Count; column++)
        {
            string name = Table.Columns[column].Name;
            if (Roles.Used.Contains(column) || Table.Columns[column].List is not null) continue;
            var sample = Table.Sample(engine, column, FewRows).FindAll(v => !NullWords.Are(v));
            if (sample.Count > 0 && sample.TrueForAll(TimeFormat.BeginsWithDate))
                yield return $"{name} holds dates and is not used: --time '{name}' takes it for the time of the events, --time none says "
                    + "that it is something else.";
        }
    }

    /// <returns>By which units all numbers would be times of this century.</returns>
    private static string Units(DuckDbSession engine, Table table, ColumnRoles roles, DateTimeOffset now)
    {
        var sample = table.Sample(engine, roles.Time!.Value, FewRows).FindAll(v => !NullWords.Are(v));
        if (sample.Count == 0 || !sample.TrueForAll(v => double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
            return "";
        var units = TimeFormat.Plausible(sample, now).Select(u => $"--time-format {u.Name} would make {sample[0]} {u.Time:yyyy-MM-dd}")
            .ToList();
        return units.Count == 0 ? "--time-format says what it is; " : $"{string.Join(", ", units)}; ";
    }

    private IEnumerable<string> OfIds(string what, string table, StringTable ids, int[] codes, int column)
    {
        foreach (string warning in IdForms.Suspicious(engine, table, ids, what)) yield return warning;
        if (Rows < FewRows || sources.Tables.Any(t => t.Described is not null)) yield break;
        string name = Table.Columns[column].Name;
        if (ids.Count >= NearlyAll * Rows)
        {
            var usual = what == "user" ? ColumnNames.Users : ColumnNames.Items;
            int? better = ColumnNames.Find(Table.Columns, usual, n => n != Roles.User && n != Roles.Item);
            string option = what == "user" ? options.UserOption : options.ItemOption;
            yield return $"{(ids.Count == Rows ? "Every" : "Nearly every")} row has another {what}: {name} looks like the number of "
                + $"the row; name the column of {what}s with {option}"
                + (better is { } other ? $" {Table.Columns[other].Name}." : ".");
            yield break;
        }
        var counts = new long[ids.Count];
        for (int n = 0; n < codes.Length; n++)
            if (rows.User[n] >= 0) counts[codes[n]]++;
        foreach (int most in Largest(counts, 3))
        {
            double share = counts[most] / (double)Rows;
            bool isNull = LikeNull.Contains(ids[most].ToLowerInvariant()) && counts[most] > 2.0 * Rows / ids.Count;
            bool isHuge = share >= Tenth && counts[most] >= 10.0 * Rows / ids.Count;
            if (isNull || isHuge)
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"{(what == "user" ? "User" : "Item")} '{ids[most]}' has {share:P0} of all events: if the id means none, leave it " +
                    $"out with --null '{ids[most]}'.");
        }
    }

    private static List<int> Largest(long[] counts, int most)
    {
        var largest = new PriorityQueue<int, long>();
        for (int n = 0; n < counts.Length; n++)
        {
            if (largest.Count < most) largest.Enqueue(n, counts[n]);
            else largest.EnqueueDequeue(n, counts[n]);
        }
        return [.. largest.UnorderedItems.OrderByDescending(i => i.Priority).Select(i => i.Element)];
    }

    /// <summary>In a file without a header, ids that occur once, hold no digit and stand above ids that do not look like them.</summary>
    private IEnumerable<string> OfFirstRow()
    {
        if (Table.HasHeader || Table.Format != TableFormat.Delimited || rows.User.Length == 0 || rows.User[0] < 0) yield break;
        int user = rows.User[0], item = rows.Item[0];
        bool once = rows.User.AsSpan().Count(user) == 1 && rows.Item.AsSpan().Count(item) == 1;
        bool rare = rows.Users.Count + rows.Items.Count < Rows;
        bool isFew = Rows < FewRows && options.Header is null; // of so few rows nobody can tell, so it is asked
        if (once && (rare || isFew) && !rows.Users[user].Any(char.IsAsciiDigit) && !rows.Items[item].Any(char.IsAsciiDigit))
        {
            var (first, second) = (rows.Users[user], rows.Items[item]);
            yield return $"The first row, {first} and {second}, {(rare ? "looks like" : "may be")} a header: its ids occur nowhere else; "
                + (rare ? "--header takes it for one."
                    : $"{options.UserOption} {first} {options.ItemOption} {second} takes it for one, --no-header for an event.");
        }
    }

    /// <summary>Workbooks another sheet of which probably holds the rows.</summary>
    public static IEnumerable<string> OtherSheets(EventSources sources) =>
        sources.Tables.Select(table => table.File.OtherSheet).OfType<string>();

    private IEnumerable<string> OfValues()
    {
        if (rows.Values.Length == 0 || sources.Rules.Weights.Count > 0) yield break;
        var values = new float[Rows];
        for (int n = 0, next = 0; n < rows.User.Length; n++)
            if (rows.User[n] >= 0) values[next++] = rows.Values[n];
        var counts = ValueSpread.Counts(values);
        if (ValueSpread.Of(values, counts) is { IsWide: true } spread)
            yield return $"Values span five powers of ten, from {spread.Min:0.####} to {spread.Max:0.####} with {spread.Median:0.####} " +
                $"in the middle: are they all counts of the same? --value names another column, --scale says how they weigh, "
                + "--value none counts every event as one.";
        bool isNamed = Roles.Value is { } value && ColumnNames.Has(Table.Columns[value], ColumnNames.Ratings);
        // Where every value is 1 and the column is no rating by its name, they are quantities.
        if (Roles.Kind == ValueKind.Ratings && counts is { Count: 1 } && Rows >= FewRows && (isNamed || !counts.ContainsKey(1)))
            yield return string.Create(CultureInfo.InvariantCulture,
                $"All ratings are {counts.Keys.First():0.##}, so that they say only that something happened: --value none takes them for "
                + $"events, for models such as item-knn or implicit-als; models of ratings have nothing to learn.");
        if (Roles.Kind != ValueKind.Ratings || sources.Rules.NoValue is not null || counts is not { Count: > 2 }) yield break;
        var scale = counts.Keys.ToList();
        if (scale[0] < 0 && scale[1] >= 0 && scale[0] != -scale[^1])
            yield return Sentinel(scale[0], counts, $"all others are from {scale[1]:0.##} to {scale[^1]:0.##}");
        if (scale[^1] >= 99 && scale[^1] > 4 * Math.Abs(scale[^2]))
            yield return Sentinel(scale[^1], counts, $"all others are up to {scale[^2]:0.##}");
        if (scale[0] == 0 && scale.Count > 4 && counts[0] > 2 * counts.Where(c => c.Key != 0).Max(c => c.Value))
            yield return Sentinel(0, counts, $"all others are from {scale[1]:0.##} to {scale[^1]:0.##}");
    }

    private static string Sentinel(float value, SortedDictionary<float, int> counts, string others) =>
        string.Create(CultureInfo.InvariantCulture,
            $"The value {value:0.##} occurs in {counts[value]} rows, while {others}: if it means no rating, say so with " +
            $"--no-value {value:0.##}.");
}
