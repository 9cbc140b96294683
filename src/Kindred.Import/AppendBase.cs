using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Import.Writing;
using Kindred.Storage;

namespace Kindred.Import;

/// <summary>A data folder that rows are appended to, and how it was imported.</summary>
internal sealed class AppendBase : IDisposable
{
    private readonly ImportRecord _record;
    private readonly ImportOptions _recorded;

    private AppendBase(DataFolder data, ImportRecord record)
    {
        (Data, _record) = (data, record);
        _recorded = record.Options.Deserialize<ImportOptions>(SealedFolder.Json)!;
    }

    public DataFolder Data { get; }

    /// <summary>What the values were before they were weighed by age.</summary>
    public ValueKind Kind => _record.Kind;

    /// <summary>Rows of earlier imports, and what became of those that are not among <see cref="StoredRows"/>.</summary>
    public RowCounts Counts => Data.Rows is null ? Data.Manifest.Rows
        : new(Data.Manifest.Rows.Read, 0, _record.Merged, Data.Manifest.Rows.Invalid, _record.Filtered);

    /// <exception cref="InputException">It is no data folder, or of a version that did not record how it was imported.</exception>
    public static AppendBase Open(string folder)
    {
        var data = DataFolder.Open(folder);
        if (data.Manifest.Import is { } record) return new(data, record);
        data.Dispose();
        throw new InputException(
            $"{folder} does not say how it was imported, so nothing can be appended; import all files again, then append.");
    }

    /// <summary>What a data folder is to remember of its import.</summary>
    /// <param name="options">As they were given, also for the whole data.</param>
    /// <param name="sources">Of what was looked at: the weights of all types, how dates are written.</param>
    /// <param name="items">Paths of tables about items, as <paramref name="users"/> about users.</param>
    /// <param name="before">What was appended to; null: nothing.</param>
    /// <param name="filtered">Valid rows that options left out one by one.</param>
    public static ImportRecord RecordOf(
        ImportOptions options, EventSources sources, IEnumerable<string> items, IEnumerable<string> users, AppendBase? before,
        long filtered)
    {
        string? order = sources.Rules.Times.Description;
        var kept = options with
        {
            Sources = [],
            Files = [],
            Name = null,
            Query = null,
            Sheet = null,
            Strict = false,
            OnError = default,
            Now = null,
            ItemAttributes = [],
            UserAttributes = [],
            Weights = sources.Rules.Weights,
            // other formats are found again; which is the day and which the month a short file cannot tell
            TimeFormat = options.TimeFormat ?? (order is "day-first" or "month-first" or "year-first" ? order : null),
        };
        string? folder = options.Sources is [var only] && Directory.Exists(only) ? Path.GetFullPath(only) : null;
        string[] Paths(IReadOnlyList<string>? earlier, IEnumerable<string> tables) =>
            [.. (earlier ?? []).Concat(tables.Where(File.Exists).Select(Path.GetFullPath)).Distinct(StringComparer.Ordinal)];
        return new(
            JsonSerializer.SerializeToNode(kept, SealedFolder.Json)!.AsObject(), sources.Roles[0].Kind, before?._record.Folder ?? folder,
            Paths(before?._record.Items, items), Paths(before?._record.Users, users), filtered, before?.Counts.Merged ?? 0);
    }

    /// <summary>
    /// How the new files are read, and all rows treated: as recorded, unless the caller says how the new files are written.
    /// </summary>
    /// <exception cref="InputException">An option is about all rows.</exception>
    public ImportOptions For(ImportOptions given)
    {
        if (given.HalfLife is not null || given.MinValue is not null || given.MinUser > 0 || given.MinItem > 0 || given.FoldIds
            || given.Scale is not null)
            throw new InputException("--half-life, --min-value, --min-user, --min-item, --scale and --fold-ids are about all rows and stay "
                + "as they were when the data were first imported; to change them import all files again.");
        if (given.Sources is [var only] && Directory.Exists(only))
            throw new InputException($"{only} is a folder; name the files that are to be appended.");
        foreach (var (type, weight) in given.Weights)
            if (_recorded.Weights.TryGetValue(type, out float before) && before != weight)
                throw new InputException($"The event type '{type}' weighed {before} so far; to change it import all files again.");
        return _recorded with
        {
            Sources = given.Sources,
            Files = given.Files,
            Name = Data.Manifest.Name,
            Query = given.Query,
            Sheet = given.Sheet,
            Strict = given.Strict,
            OnError = given.OnError,
            Now = given.Now,
            ItemAttributes = given.ItemAttributes,
            UserAttributes = given.UserAttributes,
            KeepWithoutEvents = given.KeepWithoutEvents || _recorded.KeepWithoutEvents,
            User = given.User ?? _recorded.User,
            Item = given.Item ?? _recorded.Item,
            Value = given.Value ?? _recorded.Value,
            Time = given.Time ?? _recorded.Time,
            Event = given.Event ?? _recorded.Event,
            TimeFormat = given.TimeFormat ?? _recorded.TimeFormat,
            Null = [.. _recorded.Null, .. given.Null],
            DecimalPoint = given.DecimalPoint ?? _recorded.DecimalPoint,
            NoValue = given.NoValue ?? _recorded.NoValue,
            Encoding = given.Encoding ?? _recorded.Encoding,
            Quote = given.Quote ?? _recorded.Quote,
            Escape = given.Escape ?? _recorded.Escape,
            SkipLines = given.SkipLines > 0 ? given.SkipLines : _recorded.SkipLines,
            Shape = given.Shape ?? _recorded.Shape,
            ItemSeparator = given.ItemSeparator ?? _recorded.ItemSeparator,
            Delimiter = given.Delimiter ?? _recorded.Delimiter,
            Header = given.Header ?? _recorded.Header,
            Weights = _recorded.Weights.Concat(given.Weights).DistinctBy(weight => weight.Key).ToDictionary(),
            ItemId = given.ItemId ?? _recorded.ItemId,
            Title = given.Title ?? _recorded.Title,
            LabelSeparator = given.LabelSeparator ?? _recorded.LabelSeparator,
        };
    }

    /// <exception cref="InputException">The new files do not say the same things of events as the old ones.</exception>
    public void CheckSame(ColumnRoles roles, IReadOnlyDictionary<string, string> columns)
    {
        var known = Data.Manifest.Columns;
        foreach (string role in (string[])["value", "time", "event"])
        {
            if (known.ContainsKey(role) == columns.ContainsKey(role)) continue;
            throw new InputException(columns.ContainsKey(role)
                ? $"{Data.Path} has no {role} column, but the new files have one, {columns[role]}; leave it out with --{role} none."
                : $"{Data.Path} has a {role} column, {known[role]}, but the new files have none; name it with --{role}.");
        }
        if (Kind == ValueKind.None && roles is { Value: not null, IsLabel: false })
            throw new InputException($"{known["value"]} of {Data.Path} says 0 or 1, whether it happened, but {columns["value"]} of the "
                + "new files has other values.");
    }

    /// <returns>
    /// Tables about items or users: those of earlier imports as they are now, or what the data hold where one is gone, then those given.
    /// </returns>
    public IReadOnlyList<string> Tables(bool ofUsers, IReadOnlyList<string> given, DuckDbSession engine, List<string> warnings)
    {
        var recorded = ofUsers ? _record.Users : _record.Items;
        List<string> gone = [.. recorded.Where(path => !File.Exists(path))];
        if (_record.Folder is { } folder && !Directory.Exists(folder)) gone.Add(folder);
        var (ids, catalog) = ofUsers ? (Data.Interactions.Users, Data.UserCatalog) : (Data.Interactions.Items, Data.ItemCatalog);
        if (gone.Count == 0 || catalog.IsEmpty) return [.. recorded.Where(File.Exists), .. given];
        if (given.Count == 0)
            warnings.Add($"{string.Join(", ", gone)} cannot be read any more, so new {(ofUsers ? "users" : "items")} have no attributes; "
                + $"give the table with {(ofUsers ? "--user-attributes" : "--item-attributes")}.");
        string kept = $"{engine.NewFile()}.jsonl";
        Exporter.WriteAttributes(kept, ofUsers ? "user" : "item", ids, catalog);
        return [kept, .. recorded.Where(File.Exists), .. given];
    }

    /// <summary>The folder of a known shape that the data were first imported from; null: files, or it is gone.</summary>
    public string? Folder => Directory.Exists(_record.Folder) ? _record.Folder : null;

    public void Dispose() => Data.Dispose();
}
