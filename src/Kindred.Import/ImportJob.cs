using Kindred.Data;

namespace Kindred.Import;

/// <summary>One import, from files to a data folder.</summary>
/// <param name="before">What the files are appended to; null: nothing.</param>
internal sealed class ImportJob(
    ImportOptions options, DuckDbSession engine, IProgress<ImportProgress>? progress, CancellationToken cancellation,
    AppendBase? before = null)
{
    private readonly List<string> _notes = [];
    private readonly List<string> _warnings = [];
    private readonly List<ReasonCount> _reasons = [];

    public ImportSummary Into(string folder) => Into((Result all) => DataFolder.Write(
        folder, all.Manifest, all.Interactions, all.Items, all.Users, all.Values,
        StoredRows.AreNeeded(options, all.Encoded) ? StoredRows.Write(all.Encoded) : null));

    /// <param name="write">Gets all that was read, before anything is let go.</param>
    public ImportSummary Into(Action<ImportedRows> write) => Into((Result all) =>
        write(new(all.Encoded, all.Types, all.HasValues, all.Interactions, all.Users, all.Items, all.OtherUsers, all.OtherItems)),
        areApart: true);

    /// <param name="areApart">
    /// Whether users and items without events, of which there are attributes, are no part of the interactions, but rows of the catalogues
    /// behind them.
    /// </param>
    private ImportSummary Into(Action<Result> write, bool areApart = false)
    {
        var plan = Plan();
        var sources = EventSources.Of(engine, plan.Events, options, cancellation, plan.Types, before?.Kind);
        var roles = sources.Roles;
        var (itemTables, userTables) = (AttributesOf(plan.Items, sources, false), AttributesOf(plan.Users, sources, true));
        before?.CheckSame(roles[0], roles[0].Describe(plan.Events[0]));
        var staging = new Staging(engine, sources, cancellation);
        if (before is not null) staging.Load(before.Data);
        for (int n = 0; n < roles.Count; n++)
        {
            Report($"reading {plan.Events[n].File.Name}", staging.Rows.Count);
            staging.Load(n);
        }
        Importer.CheckRows(staging, options.OnError, () =>
            [.. Suspicions.UnknownTypes(staging.Rows.TypeNames(), roles[0], options), .. Suspicions.OtherSheets(sources)]);
        long read = staging.Read, invalid = staging.InvalidCount, filtered = staging.FilteredCount;
        var firstInvalid = staging.FirstInvalid();
        _reasons.AddRange(staging.Reasons());
        _notes.AddRange(sources.Notes);

        Report("indexing ids", read);
        var encoded = EncodedRows.Of(engine, sources, staging.Rows);
        NoteColumns(roles[0], encoded);
        _notes.AddRange(encoded.Notes);
        Report("ordering events", read);
        var suspicions = new Suspicions(
            engine, sources, encoded, staging.Rows.TypeNames(), options, options.Now ?? DateTimeOffset.UtcNow);
        var (events, merged) = Ordered(encoded, roles[0].Kind, suspicions);
        long leftOut = Filter(events);
        var earlier = before?.Counts ?? new(0, 0, 0, 0, 0);
        var rows = new RowCounts(
            earlier.Read + read, events.Count, earlier.Merged + merged, earlier.Invalid + invalid, earlier.Filtered + filtered + leftOut);
        if (rows.Read != rows.Kept + rows.Merged + rows.Invalid + rows.Filtered)
            throw new InvalidOperationException($"Rows were lost or made up: {rows}.");
        if (rows.Kept == 0)
            throw new InputException($"No event is left of {read} rows: {Outcome()}; ask for less.");
        float[] given = roles[0].Kind == ValueKind.None ? [] : events.Values();
        var scale = sources.ScaleOf(given);
        NoteScale(scale);
        events.Scale(scale);
        var kind = Decay(events, roles[0].Kind);
        var (interactions, userIndex, itemIndex, values) = events.Compact();

        Report("joining attributes", read);
        var attributes = new Attributes(engine, options, sources, _notes, _warnings, cancellation);
        List<string> otherItems = [], otherUsers = [];
        bool keepsOthers = areApart || options.KeepWithoutEvents;
        var itemCatalog = attributes.Join(itemTables, false, itemIndex, interactions.Items.Count, keepsOthers ? otherItems : null);
        var userCatalog = attributes.Join(userTables, true, userIndex, interactions.Users.Count, keepsOthers ? otherUsers : null);
        if (!areApart) interactions = WithoutEvents(interactions, otherUsers, otherItems);
        if (before is not null) WarnOfVectors(before.Data.ItemCatalog, itemCatalog);
        if (options.Strict && _warnings.Count > 0)
            throw new InputException($"Warnings are errors (--strict): {string.Join(" ", _warnings)} Nothing was imported.");
        Report("writing", read);
        cancellation.ThrowIfCancellationRequested();
        var columns = roles[0].Describe(plan.Events[0]);
        string[] files = [.. before?.Data.Manifest.Sources ?? [], .. plan.Events.Select(t => t.File.Name)];
        var manifest = new DatasetManifest(
            plan.Name, files, columns, kind, rows, options.MinUser, options.MinItem,
            AppendBase.RecordOf(options, sources, Paths(options.ItemAttributes), Paths(options.UserAttributes), before,
                earlier.Filtered + filtered));
        write(new(
            manifest, interactions, itemCatalog, userCatalog, values, encoded, encoded.TypeNames, roles[0].Value is not null,
            otherUsers, otherItems));
        long[] times = interactions.Histories.Times.ToArray();
        return new(
            plan.Name, plan.Format, columns, kind, rows, interactions.Users.Count, interactions.Items.Count, rows.Kept,
            firstInvalid, Ordered(), _notes, _warnings,
            [.. plan.Events.SelectMany((t, n) => roles[n].Unused(t)).Distinct(StringComparer.Ordinal)],
            Skipped(plan, staging), TimeOf(times.Length > 0 ? times.Min() : null), TimeOf(times.Length > 0 ? times.Max() : null),
            ValueSpread.Of(given), scale);
    }

    // they are in none of the tables that were read again
    private void WarnOfVectors(Catalog earlier, Catalog now)
    {
        string[] lost = [.. earlier.Numbers.Keys.Where(column => column.EndsWith(".0", StringComparison.Ordinal))
            .Where(column => !now.Numbers.ContainsKey(column)).Select(column => column[..^2])];
        if (lost.Length > 0)
            _warnings.Add($"The vectors {string.Join(", ", lost)} of the items were made by kindred embed and are left out, as new items " +
                "have none; run it again.");
    }

    /// <summary>Orders and merges the events, and looks for oddities meanwhile.</summary>
    private (EventTable Events, long Merged) Ordered(EncodedRows encoded, ValueKind kind, Suspicions suspicions)
    {
        var found = Task.Run(suspicions.All, cancellation);
        try
        {
            var events = new EventTable(encoded, 0, encoded.User.Length);
            return (events, events.Merge(kind));
        }
        finally
        {
            _warnings.AddRange(found.GetAwaiter().GetResult()); // the engine is in use until then
        }
    }

    private static DateTimeOffset? TimeOf(long? seconds) => seconds is { } some ? DateTimeOffset.FromUnixTimeSeconds(some) : null;

    private static List<ReasonCount> Skipped(ImportPlan plan, Staging staging)
    {
        List<ReasonCount> all =
        [
            new("blank rows of delimiters alone", staging.BlankCount), new("repeated headers", staging.HeaderCount),
            new("lines before the header", plan.Events.Sum(t => (long)t.Skip)),
        ];
        return all.FindAll(s => s.Count > 0);
    }

    private ImportPlan Plan()
    {
        IReadOnlyList<AttributeFile> items = [], users = [];
        if (before?.Folder is { } first)
        {
            var known = new KnownFolders(engine, first, cancellation).Recognize();
            (items, users) = (known.Items, known.Users);
        }
        if (options.Sources is [var folder] && Directory.Exists(folder))
        {
            var known = new KnownFolders(engine, folder, cancellation).Recognize();
            return known with { Name = options.Name ?? known.Name, Items = [.. known.Items, .. items], Users = [.. known.Users, .. users] };
        }
        var paths = options.Sources.Count == 0 && options.Files.Count > 0 ? [] : SourceFile.Expand(engine, options.Sources);
        var typed = options.Files.SelectMany(f => SourceFile.Expand(engine, [f.Path]).Select(path => f with { Path = path })).ToList();
        var tables = EventSources.Look(engine, [.. paths, .. typed.Select(f => f.Path)], options, cancellation);
        string format = string.Join("; ", tables.Select(t => t.Description).Distinct());
        return new(options.Name ?? tables[0].File.Name.Split('.')[0], format, tables, items, users)
        {
            Types = typed.Count == 0 ? null : [.. paths.Select(_ => (TypedFile?)null), .. typed],
        };
    }

    private IReadOnlyList<string> Paths(IReadOnlyList<string> sources) => sources.Count == 0 ? [] : SourceFile.Expand(engine, sources);

    /// <param name="known">Those of a folder of a known shape.</param>
    private IReadOnlyList<AttributeFile> AttributesOf(IReadOnlyList<AttributeFile> known, EventSources events, bool ofUsers)
    {
        var given = ofUsers ? options.UserAttributes : options.ItemAttributes;
        var sources = before?.Tables(ofUsers, given, engine, _warnings) ?? given;
        if (sources.Count == 0) return known;
        var columns = events.Tables[0].Columns;
        var reading = Reading.Attributes(options, columns[ofUsers ? events.Roles[0].User : events.Roles[0].Item].Name);
        return [.. known, .. SourceFile.Expand(engine, sources)
            .Select(p => new AttributeFile(Sniffer.Look(engine, SourceFile.Open(engine, p, reading, cancellation), reading)))];
    }

    /// <returns>The same events, with users and items behind those that have some.</returns>
    private static Interactions WithoutEvents(Interactions known, List<string> users, List<string> items)
    {
        if (users.Count + items.Count == 0) return known;
        var events = known.Histories;
        int[] starts = [.. events.Starts.Span, .. Enumerable.Repeat(events.Starts.Span[^1], users.Count)];
        return new(known.Users.Append(users), known.Items.Append(items),
            new Histories(starts, events.Items, events.Times, events.Weights) { Scale = events.Scale });
    }

    private long Filter(EventTable events)
    {
        long small = options.MinValue is { } minimum ? events.Keep(minimum) : 0;
        long core = options.MinUser > 1 || options.MinItem > 1 ? events.KeepCore(options.MinUser, options.MinItem, cancellation) : 0;
        if (small > 0) _reasons.Add(new($"the value is below {options.MinValue}", small));
        if (core > 0) _reasons.Add(new($"its user has fewer than {options.MinUser} or its item fewer than {options.MinItem} events", core));
        return small + core;
    }

    private void NoteScale(ValueScale scale)
    {
        if (scale == ValueScale.Raw) return;
        _notes.Add(options.Scale is not null ? $"An event weighs {scale}."
            : $"A few large values would decide everything, so an event weighs {scale}; --scale raw, log, cap or none says otherwise.");
    }

    private ValueKind Decay(EventTable events, ValueKind kind)
    {
        if (options.HalfLife is not { } halfLife) return kind;
        events.Decay(halfLife);
        if (kind == ValueKind.Ratings) _notes.Add("Ratings were weighed by their age: the values are weights now.");
        return ValueKind.Weights;
    }

    private void NoteColumns(ColumnRoles roles, EncodedRows encoded)
    {
        if (roles.Time is null)
            _notes.Add($"{(options.Time is null ? "No column is known to hold times" : "The times are left out")}: time splits are not "
                + "possible; the order of rows is taken for the order of events.");
        if (roles.IsLabel)
            _notes.Add("The value says whether it happened: rows with 1 are events, rows with 0 are left out; --value none counts both.");
        else if (roles.Kind == ValueKind.None) _notes.Add("No value column: every event weighs 1.");
        if (roles.Event is null || options.Weights.Count > 0) return;
        const int Shown = 5;
        var types = encoded.Events.CountBy(type => type).Where(type => type.Key >= 0)
            .Select(type => (Name: encoded.EventTypes[type.Key], Count: type.Value))
            .OrderByDescending(type => type.Count).ThenBy(type => type.Name, StringComparer.Ordinal).ToList();
        string list = string.Join(", ", types.Take(Shown).Select(t => $"{t.Name} ({t.Count})"));
        _notes.Add($"Event types {list}{(types.Count > Shown ? ", …" : "")} all weigh the same; --weight TYPE=NUMBER says otherwise.");
    }

    private string Outcome() => string.Join(", ", Ordered().Select(r => $"{r.Count} × {r.Reason}"));

    private List<ReasonCount> Ordered() => [.. _reasons.OrderByDescending(r => r.Count).ThenBy(r => r.Reason, StringComparer.Ordinal)];

    private void Report(string step, long rows) => progress?.Report(new(step, rows));

    /// <summary>All that is to be written.</summary>
    /// <param name="Encoded">The rows before they were merged and weighed.</param>
    /// <param name="Types">Of events, by their numbers in the rows.</param>
    /// <param name="OtherUsers">Ids of the last rows of the catalogue: of users without events.</param>
    /// <param name="OtherItems">The same of items.</param>
    private sealed record Result(
        DatasetManifest Manifest, Interactions Interactions, Catalog Items, Catalog Users, ReadOnlyMemory<float> Values,
        EncodedRows Encoded, IReadOnlyList<string> Types, bool HasValues,
        IReadOnlyList<string> OtherUsers, IReadOnlyList<string> OtherItems);
}
