using System.Globalization;
using System.IO.Compression;
using System.Text;
using Kindred.Data;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// Data sets with what is known of users, items and moments, read as they were published. Where they are: <c>KINDRED_DATA</c>.
/// </summary>
internal static class AttributedData
{
    private static readonly string[] GroceryParts = ["train.csv.gz", "dev.csv", "test.csv"];

    private static readonly string[] FrappeContext = ["daytime", "weekday", "weekend", "homework", "weather", "country", "city"];

    private static string Folder => Environment.GetEnvironmentVariable("KINDRED_DATA")
        ?? throw new InputException("Set KINDRED_DATA to the folder that holds the data sets.");

    /// <returns>One of the five folds, ratings with the attributes of both sides.</returns>
    public static Holdout MovieLens100KFold(int fold) => Holdout.Of(
        MovieLens100K($"u{fold}.base.gz"), MovieLens100K($"u{fold}.test"), $"MovieLens 100k, u{fold}.");

    public static Interactions MovieLens100K(string file = "u.data.gz")
    {
        string folder = Path.Combine(Folder, "ml-100k");
        var events = Lines(Path.Combine(folder, file)).Select(line => line.Split('\t')).Select(row =>
            (User: Number(row[0]) - 1, Item: Number(row[1]) - 1, Time: (long)Number(row[3]), Weight: (float)Number(row[2])));
        return Of(MovieLensVocabulary.Users, MovieLensVocabulary.Items, events).With(UsersOf(folder), ItemsOf(folder));
    }

    /// <summary>The vocabularies of all parts are the same objects, as a holdout wants.</summary>
    private static class MovieLensVocabulary
    {
        public static Vocabulary Users { get; } = Numbered(943);

        public static Vocabulary Items { get; } = Numbered(1682);
    }

    /// <returns>Ratings with genres and year of each film, and the decade as a label.</returns>
    public static Interactions MovieLensSmall()
    {
        string folder = Path.Combine(Folder, "movielens-small");
        var films = Lines(Path.Combine(folder, "movies.csv")).Skip(1).Select(Cells).ToDictionary(row => row[0]);
        var rows = Lines(Path.Combine(folder, "ratings.csv")).Skip(1).Select(line => line.Split(',')).ToArray();
        string[] users = [.. rows.Select(row => row[0]).Distinct()], items = [.. rows.Select(row => row[1]).Distinct()];
        Vocabulary userIds = new(users), itemIds = new(items);
        int IndexIn(Vocabulary ids, string id) => ids.TryGetIndex(id, out int index) ? index : throw new InvalidDataException(id);
        var events = rows.Select(row => (IndexIn(userIds, row[0]), IndexIn(itemIds, row[1]), (long)Number(row[3]), Float(row[2])));
        string[][] genres = [.. items.Select(item => films.TryGetValue(item, out var film) ? film[3].Split('|') : [])];
        int[] years = [.. items.Select(item => films.TryGetValue(item, out var film) && int.TryParse(film[2], out int year) ? year : 0)];
        return Of(userIds, itemIds, events)
            .With(itemAttributes: Labelled(items.Length, ("genres", LabelColumn.From(genres)), ("period", Periods(years))));
    }

    /// <returns>What users of MovieLens 1M rated, without values, in the order of time, with genres, and gender, age and occupation of
    /// the users.</returns>
    public static Interactions MovieLens1M()
    {
        string folder = Path.Combine(Folder, "ml-1m");
        var rows = Lines(Path.Combine(folder, "sasrec_ml-1m.txt.gz")).Select(line => line.Split(' ')).ToArray();
        int users = rows.Max(row => Number(row[0])), items = rows.Max(row => Number(row[1]));
        string[] userOf = Original("sas_to_original_users.txt", users), itemOf = Original("sas_to_original_items.txt", items);
        var people = Lines(Path.Combine(folder, "users.dat")).Select(line => line.Split("::")).ToDictionary(row => row[0]);
        var films = Lines(Path.Combine(folder, "movies.dat")).Select(line => line.Split("::")).ToDictionary(row => row[0]);
        LabelColumn Person(int column) => LabelColumn.From([.. userOf.Select(id => (string?)people[id][column])]);
        var genres = LabelColumn.From([.. itemOf.Select(id => films.TryGetValue(id, out var film) ? film[2].Split('|') : [])]);
        return Of(Numbered(users), Numbered(items), rows.Select((row, n) => (Number(row[0]) - 1, Number(row[1]) - 1, (long)n, 1f)))
            .With(Labelled(users, ("gender", Person(1)), ("age", Person(2)), ("occupation", Person(3))),
                Labelled(items, ("genres", genres)));

        string[] Original(string file, int count)
        {
            string[] ids = new string[count];
            foreach (string[] pair in Lines(Path.Combine(folder, file)).Select(line => line.Split(' '))) ids[Number(pair[0]) - 1] = pair[1];
            return ids;
        }
    }

    /// <returns>What was bought of groceries, all three parts together, with the category of each item.</returns>
    public static Interactions Grocery()
    {
        string folder = Path.Combine(Folder, "grocery");
        var rows = GroceryParts
            .SelectMany(file => Lines(Path.Combine(folder, file)).Skip(1)).Select(line => line.Split(',')).ToArray();
        int users = rows.Max(row => Number(row[0])), items = rows.Max(row => Number(row[1]));
        var categories = new string?[items];
        foreach (string[] row in Lines(Path.Combine(folder, "item_meta.csv.gz")).Skip(1).Select(line => line.Split(',')))
            if (Number(row[0]) <= items) categories[Number(row[0]) - 1] = row[1];
        return Of(Numbered(users), Numbered(items),
            rows.Select(row => (Number(row[0]) - 1, Number(row[1]) - 1, (long)Number(row[2]), 1f)))
            .With(itemAttributes: Labelled(items, ("category", LabelColumn.From(categories))));
    }

    /// <returns>All uses of apps, those of the test part marked.</returns>
    public static (Interactions Data, bool[] IsTest) Frappe()
    {
        var rows = new[] { ("train.csv.gz", false), ("test.csv", true) }.SelectMany(part =>
            Lines(Path.Combine(Folder, "frappe", part.Item1)).Where(line => line.Contains(',')).Select(line =>
            {
                string[] sides = line.Split(',');
                int[] query = [.. sides[0].Split('-').Select(Number)], item = [.. sides[1].Split('-').Select(Number)];
                return (Query: query, Item: item, IsTest: part.Item2);
            })).OrderBy(row => row.Query[0]).ToArray(); // stable
        int users = rows.Max(row => row.Query[0]) + 1, items = rows.Max(row => row.Item[0]) + 1;
        var data = Of(Numbered(users), Numbered(items), rows.Select(row => (row.Query[0], row.Item[0], 0L, 1f)));
        var costs = new string?[items];
        foreach (var row in rows) costs[row.Item[0]] = Text(row.Item[1]);
        var context = FrappeContext.Select((name, n) => (name, LabelColumn.From([.. rows.Select(row => (string?)Text(row.Query[n + 1]))])));
        return (data.With(itemAttributes: Labelled(items, ("cost", LabelColumn.From(costs))), context: Labelled(rows.Length, [.. context])),
            [.. rows.Select(row => row.IsTest)]);
    }

    private static Catalog UsersOf(string folder)
    {
        string[][] rows = [.. Lines(Path.Combine(folder, "u.user")).Select(line => line.Split('|'))];
        return Labelled(rows.Length,
            ("age", LabelColumn.From([.. rows.Select(row => (string?)Text(Number(row[1]) / 5))])),
            ("gender", LabelColumn.From([.. rows.Select(row => (string?)row[2])])),
            ("occupation", LabelColumn.From([.. rows.Select(row => (string?)row[3])])));
    }

    private static Catalog ItemsOf(string folder)
    {
        string[][] rows = [.. Lines(Path.Combine(folder, "u.item")).Select(line => line.Split('|'))];
        int[] years = [.. rows.Select(row => row[2].Length > 4 ? Number(row[2][^4..]) : 0)];
        string[][] genres =
            [.. rows.Select(row => row[5..].Select((flag, n) => (flag, n)).Where(g => g.flag == "1").Select(g => Text(g.n)).ToArray())];
        return Labelled(rows.Length, ("genres", LabelColumn.From(genres)), ("period", Periods(years)));
    }

    // Single years from 1990 on, half decades before.
    private static LabelColumn Periods(int[] years) =>
        LabelColumn.From([.. years.Select(year => year == 0 ? null : Text(year >= 1990 ? year : year / 5 * 5))]);

    private static Catalog Labelled(int rows, params ReadOnlySpan<(string Name, LabelColumn Column)> columns)
    {
        var labels = new Dictionary<string, LabelColumn>();
        foreach (var (name, column) in columns) labels.Add(name, column);
        return Catalog.Empty(rows) with { Labels = labels };
    }

    private static Interactions Of(Vocabulary users, Vocabulary items, IEnumerable<(int User, int Item, long Time, float Weight)> events)
    {
        var sorted = events.OrderBy(e => e.User).ThenBy(e => e.Time).ToArray();
        var starts = new int[users.Count + 1];
        foreach (var e in sorted) starts[e.User + 1]++;
        for (int user = 0; user < users.Count; user++) starts[user + 1] += starts[user];
        return new(users, items, new Histories(
            starts, sorted.Select(e => e.Item).ToArray(), sorted.Select(e => e.Time).ToArray(), sorted.Select(e => e.Weight).ToArray()));
    }

    private static Vocabulary Numbered(int count) => new([.. Enumerable.Range(1, count).Select(Text)]);

    private static IEnumerable<string> Lines(string path)
    {
        using Stream file = File.OpenRead(path), stream = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream, Encoding.Latin1);
        while (reader.ReadLine() is { } line) if (line.Length > 0) yield return line;
    }

    // Cells that may be quoted.
    private static string[] Cells(string line)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        foreach (char c in $"{line},")
        {
            if (c == '"') quoted = !quoted;
            else if (c != ',' || quoted) cell.Append(c);
            else
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
        }
        return [.. cells];
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static float Float(string text) => float.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
