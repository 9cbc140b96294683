using System.Globalization;
using Kindred.OffPolicy;

namespace Kindred.Import;

/// <summary>Which columns of a log of decisions are what; null: found by their usual names, or absent.</summary>
internal sealed record BanditLogColumns(
    string? Item = null, string? Reward = null, string? Propensity = null, string? User = null, string? List = null,
        string? Position = null,
    string? Cluster = null, string? Time = null)
{
    /// <summary>Columns that policies look at, together.</summary>
    public IReadOnlyList<string> Contexts { get; init; } = [];

    /// <summary>Columns with the probability of the shown item under other policies.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    public IReadOnlyCollection<string> Given =>
        [.. new[] { Item, Reward, Propensity, User, List, Position, Cluster, Time }.OfType<string>(), .. Contexts, .. Targets];
}

/// <summary>A log of decisions in a file.</summary>
/// <param name="Targets">The policies that have a column in it.</param>
/// <param name="Understood">What each column was taken for, for a person.</param>
/// <param name="Unused">Columns that were not read.</param>
internal sealed record BanditLogFile(
    BanditLog Log, IReadOnlyList<TargetPolicy> Targets, IReadOnlyList<(string Role, string Column)> Understood,
        IReadOnlyList<string> Unused)
{
    private const string BetweenContexts = " · ";

    private static readonly string[] ItemNames = ["item", "itemid", "action", "actionid", "arm", "product", "productid", "article",
        "articleid"];

    private static readonly string[] RewardNames = ["reward", "click", "clicked", "clicks", "conversion", "converted", "purchase",
        "revenue"];

    private static readonly string[] PropensityNames =
        ["propensity", "propensityscore", "actionprob", "pscore", "probability", "prob", "loggedprobability"];

    private static readonly string[] TimeNames = ["timestamp", "time", "datetime", "date", "ts", "createdat"];

    private static readonly string[] ProbabilityNames = ["probability", "prob", "target", "p", "actionprob", "propensity",
        "propensityscore"];

    /// <exception cref="InputException">The file cannot be read, a column is missing, or a cell cannot be used.</exception>
    public static BanditLogFile Read(string path, BanditLogColumns columns, CancellationToken cancellation)
    {
        using var table = TextTable.Open(path, [.. columns.Given, .. ItemNames, .. PropensityNames], cancellation);
        var reader = new Columns(table);
        int item = reader.Needed("item", "--item", columns.Item, ItemNames);
        int reward = reader.Needed("reward", "--reward", columns.Reward, RewardNames);
        int propensity = reader.Needed("propensity", "--propensity", columns.Propensity, PropensityNames);
        int? user = reader.Given("user", columns.User), list = reader.Given("list", columns.List), cluster = reader.Given("cluster",
            columns.Cluster);
        int? position = list is null ? null : reader.Needed("position", "--position", columns.Position, ["position", "rank", "slot"]);
        int? time = reader.Found("time", columns.Time, TimeNames);
        int[] contexts = [.. columns.Contexts.Select(name => reader.Needed("context", "--context", name, []))];
        int[] targets =
        [
            .. columns.Targets.Select(name => reader.Found("policy", null, [name])
                ?? throw new InputException($"--policy {name} is not uniform, not a column of {path}, and not a file.")),
        ];

        var decisions = new List<LoggedDecision>();
        var probabilities = Array.ConvertAll(targets, _ => new List<double>());
        table.ForEach(reader.Used, (row, cells) =>
        {
            decisions.Add(new(reader.Text(item, row, cells), reader.Number(reward, row, cells), reader.Number(propensity, row, cells))
            {
                Context = contexts.Length == 0 ? null : string.Join(BetweenContexts, contexts.Select(context => reader.Text(context,
                    row, cells))),
                User = user is { } u ? reader.Text(u, row, cells) : null,
                List = list is { } l ? reader.Text(l, row, cells) : null,
                Position = position is { } p ? reader.Whole(p, row, cells) : 0,
                Cluster = cluster is { } c ? reader.Text(c, row, cells) : null,
                Time = time is { } t ? reader.Moment(t, row, cells) : null,
            });
            for (int n = 0; n < targets.Length; n++) probabilities[n].Add(reader.Number(targets[n], row, cells));
        });
        var log = BanditLog.From(decisions);
        return new(
            log, [.. columns.Targets.Select((name, n) => TargetPolicy.FromChosen(name, log, probabilities[n]))], reader.Understood,
            [.. table.Columns.Where((name, column) => name.Length > 0 && !reader.Used.Contains(column))]);
    }

    /// <summary>A policy's table: item and probability, and the columns of the contexts, which may be absent where they do not
    /// matter.</summary>
    /// <exception cref="InputException">As of <see cref="Read"/>.</exception>
    public static TargetPolicy ReadPolicy(string path, BanditLog log, BanditLogColumns columns, CancellationToken cancellation)
    {
        using var table = TextTable.Open(path, [.. columns.Given, .. ItemNames, .. ProbabilityNames], cancellation);
        var reader = new Columns(table);
        int item = reader.Needed("item", "--item", table.Find(columns.Item ?? "item") is null ? null : columns.Item, ItemNames);
        int probability = reader.Needed("probability", null, null, ProbabilityNames);
        int?[] contexts = [.. columns.Contexts.Select(name => table.Find(name) is null ? null : reader.Given("context", name))];
        if (contexts.Any(context => context is null) && contexts.Any(context => context is not null))
            throw new InputException($"{path} has some of the columns {string.Join(", ", columns.Contexts)} and not others; "
                + "it needs all or none.");
        var rows = new List<PolicyRow>();
        table.ForEach(reader.Used, (row, cells) => rows.Add(new(
            contexts.Length == 0 || contexts[0] is null ? null
                : string.Join(BetweenContexts, contexts.Select(context => reader.Text(context!.Value, row, cells))),
            reader.Text(item, row, cells), reader.Number(probability, row, cells))));
        return TargetPolicy.FromTable(Path.GetFileNameWithoutExtension(path), log, rows);
    }

    /// <summary>Finds columns, and reads their cells in a sentence where that fails.</summary>
    private sealed class Columns(TextTable table)
    {
        private readonly List<int> _used = [];

        public List<(string Role, string Column)> Understood { get; } = [];

        public IReadOnlyList<int> Used => _used;

        public int? Given(string role, string? name) => name is null ? null : Use(role, table.Named(name));

        public int? Found(string role, string? name, string[] usual) =>
            name is not null ? Given(role, name) : table.Find(usual) is { } column ? Use(role, column) : null;

        public int Needed(string role, string? option, string? name, string[] usual) => Found(role, name, usual)
            ?? throw new InputException($"{table.Path} has no column of the {role}; "
                + (option is null ? $"name one {usual[0]}." : $"name it with {option} COLUMN: it has "
                    + $"{string.Join(", ", table.Columns.Take(30))}."));

        public string Text(int column, long row, string?[] cells) => cells[column]
            ?? throw new InputException($"{table.Path}, row {row}: {Name(column)} is empty.");

        public double Number(int column, long row, string?[] cells)
        {
            string text = Text(column, row, cells);
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && double.IsFinite(value)) return value;
            if (bool.TryParse(text, out bool flag)) return flag ? 1 : 0;
            throw new InputException($"{table.Path}, row {row}: {Name(column)} is {PlainText.OneLine(text)}, which is no number.");
        }

        public int Whole(int column, long row, string?[] cells)
        {
            double value = Number(column, row, cells);
            return value == Math.Floor(value) && Math.Abs(value) < int.MaxValue ? (int)value
                : throw new InputException($"{table.Path}, row {row}: {Name(column)} is {value}; give a whole number.");
        }

        public DateTimeOffset? Moment(int column, long row, string?[] cells)
        {
            string text = Text(column, row, cells);
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && Math.Abs(number) < 1e14)
                return DateTimeOffset.UnixEpoch.AddSeconds(Math.Abs(number) < 1e11 ? number : number / 1e3);
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
                : throw new InputException($"{table.Path}, row {row}: {Name(column)} is {PlainText.OneLine(text)}, which is no time.");
        }

        private string Name(int column) => table.Columns[_used[column]];

        // the place of the column among those that are read
        private int Use(string role, int column)
        {
            Understood.Add((role, table.Columns[column]));
            if (_used.IndexOf(column) is >= 0 and var place) return place;
            _used.Add(column);
            return _used.Count - 1;
        }
    }
}
