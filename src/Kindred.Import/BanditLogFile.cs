using System.Globalization;
using Kindred.OffPolicy;
using Kindred.Storage;

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

    public CellForms Forms { get; init; } = new();

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

    /// <summary>What a column may be called that is the reward, or something else.</summary>
    private static readonly string[] PossibleRewards = ["target", "label", "y", "outcome", "response", "value", "rating", "score"];

    private static readonly string[] PropensityNames =
        ["propensity", "propensityscore", "actionprob", "pscore", "probability", "prob", "loggedprobability"];

    private static readonly string[] ProbabilityNames = ["probability", "prob", "target", "p", "actionprob", "propensity",
        "propensityscore"];

    /// <exception cref="InputException">The file cannot be read, a column is missing, or a cell cannot be used.</exception>
    public static BanditLogFile Read(string path, BanditLogColumns columns, CancellationToken cancellation) =>
        Importer.Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
            return Read(TextTable.Open(
                engine, path, [.. columns.Given, .. ItemNames, .. PropensityNames], columns.Forms, cancellation), columns);
        });

    private static BanditLogFile Read(TextTable table, BanditLogColumns columns)
    {
        var reader = new Columns(table);
        int item = reader.Needed("item", "--item", columns.Item, ItemNames);
        int reward = reader.Numbers(reader.Needed("reward", "--reward", columns.Reward, RewardNames, PossibleRewards));
        int propensity = reader.Shares(reader.Needed("propensity", "--propensity", columns.Propensity, PropensityNames));
        int? user = reader.Given("user", columns.User), list = reader.Given("list", columns.List), cluster = reader.Given("cluster",
            columns.Cluster);
        int? position = list is null ? null
            : reader.Numbers(reader.Needed("position", "--position", columns.Position, ["position", "rank", "slot"]));
        int? time = reader.Found("time", columns.Time, ColumnNames.Times) is { } found ? reader.Times(found) : null;
        int[] contexts = [.. columns.Contexts.Select(name => reader.Needed("context", "--context", name, []))];
        int[] targets =
        [
            .. columns.Targets.Select(name => table.WithName(name) is not null
                ? reader.Shares(reader.Given("policy", name)!.Value)
                : throw new InputException($"--policy {name} is not uniform, not a column of {table.Path}, and not a file.")),
        ];

        var decisions = new List<LoggedDecision>();
        var probabilities = Array.ConvertAll(targets, _ => new List<double>());
        table.ForEach(reader.Cells, (row, cells) =>
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
            [.. table.Columns.Where((name, column) => name.Length > 0 && !reader.IsUsed(column))]);
    }

    /// <summary>A policy's table: item and probability, and the columns of the contexts, which may be absent where they do not
    /// matter.</summary>
    /// <exception cref="InputException">As of <see cref="Read(string, BanditLogColumns, CancellationToken)"/>.</exception>
    public static TargetPolicy ReadPolicy(string path, BanditLog log, BanditLogColumns columns, CancellationToken cancellation) =>
        Importer.Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
            return ReadPolicy(TextTable.Open(
                engine, path, [.. columns.Given, .. ItemNames, .. ProbabilityNames], columns.Forms, cancellation), log, columns);
        });

    private static TargetPolicy ReadPolicy(TextTable table, BanditLog log, BanditLogColumns columns)
    {
        string path = table.Path;
        var reader = new Columns(table);
        int item = reader.Needed("item", "--item", table.WithName(columns.Item ?? "item") is null ? null : columns.Item, ItemNames);
        int probability = reader.Shares(reader.Needed("probability", null, null, ProbabilityNames));
        int?[] contexts = [.. columns.Contexts.Select(name => table.WithName(name) is null ? null : reader.Given("context", name))];
        if (contexts.Any(context => context is null) && contexts.Any(context => context is not null))
            throw new InputException($"{path} has some of the columns {string.Join(", ", columns.Contexts)} and not others; "
                + "it needs all or none.");
        var rows = new List<PolicyRow>();
        table.ForEach(reader.Cells, (row, cells) => rows.Add(new(
            contexts.Length == 0 || contexts[0] is null ? null
                : string.Join(BetweenContexts, contexts.Select(context => reader.Text(context!.Value, row, cells))),
            reader.Text(item, row, cells), reader.Number(probability, row, cells))));
        return TargetPolicy.FromTable(Path.GetFileNameWithoutExtension(path), log, rows);
    }

    /// <summary>Finds columns, and reads their cells in a sentence where that fails.</summary>
    private sealed class Columns(TextTable table)
    {
        private readonly List<int> _used = [];
        private readonly List<(int Place, string Sql)> _read = []; // numbers and times, whose cells come after the texts

        public List<(string Role, string Column)> Understood { get; } = [];

        /// <summary>SQL of what is read: the texts of all columns, then numbers and times.</summary>
        public IReadOnlyList<string> Cells => [.. _used.Select(TextTable.Text), .. _read.Select(read => read.Sql)];

        public bool IsUsed(int column) => _used.Contains(column);

        public int? Given(string role, string? name) => name is null ? null : Use(role, table.Named(name));

        public int? Found(string role, string? name, IReadOnlyList<string> usual) =>
            name is not null ? Given(role, name) : table.Find(usual, column => !IsUsed(column)) is { } column ? Use(role, column) : null;

        /// <param name="possible">Names that may mean it, of which a person decides.</param>
        public int Needed(string role, string? option, string? name, string[] usual, params string[] possible) => Found(role, name, usual)
            ?? throw new InputException($"{table.Path} has no column of the {role}; "
                + (option is null ? $"name one {usual[0]}." : $"name it with {option} COLUMN: it has {table.Names}."
                    + (table.Find(possible, column => !IsUsed(column)) is { } guess
                        ? $" If {table.Columns[guess]} is the {role}, give {option} {table.Columns[guess]}." : "")));

        /// <returns>The place of the column, whose cells are numbers.</returns>
        public int Numbers(int place) => Read(place, table.Number(_used[place]));

        /// <returns>The place of the column, whose cells are probabilities.</returns>
        public int Shares(int place) => Read(place, table.Share(_used[place]));

        /// <returns>The place of the column, whose cells are times.</returns>
        public int Times(int place) => Read(place, table.Milliseconds(_used[place]));

        public string Text(int place, long row, string?[] cells) => cells[place]
            ?? throw new InputException($"{table.Path}, row {row}: {Name(place)} is empty.");

        public double Number(int place, long row, string?[] cells) => WhatWasRead(place, cells) is { } number
            ? double.Parse(number, CultureInfo.InvariantCulture)
            : throw new InputException(
                $"{table.Path}, row {row}: {Name(place)} is {PlainText.OneLine(Text(place, row, cells))}, which is no number.");

        public int Whole(int place, long row, string?[] cells)
        {
            double value = Number(place, row, cells);
            return value == Math.Floor(value) && Math.Abs(value) < int.MaxValue ? (int)value
                : throw new InputException($"{table.Path}, row {row}: {Name(place)} is {value}; give a whole number.");
        }

        public DateTimeOffset Moment(int place, long row, string?[] cells) => WhatWasRead(place, cells) is { } milliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(milliseconds, CultureInfo.InvariantCulture))
            : throw new InputException(
                $"{table.Path}, row {row}: {Name(place)} is {PlainText.OneLine(Text(place, row, cells))}, which is no time. "
                + $"{TextTable.TimeForms}.");

        private string? WhatWasRead(int place, string?[] cells) => cells[_used.Count + _read.FindIndex(read => read.Place == place)];

        private string Name(int place) => table.Columns[_used[place]];

        private int Read(int place, string sql)
        {
            if (!_read.Exists(read => read.Place == place)) _read.Add((place, sql));
            return place;
        }

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
