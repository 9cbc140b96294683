using Kindred.Data;

namespace Kindred.Import;

/// <summary>One import, from files to a data folder.</summary>
internal sealed class ImportJob(ImportOptions options, DuckDbSession engine, IProgress<ImportProgress>? progress, CancellationToken cancellation)
{
    private readonly List<string> _notes = [];
    private readonly List<ReasonCount> _reasons = [];

    public ImportSummary Into(string folder)
    {
        var plan = Plan();
        var roles = Importer.RolesIn(engine, plan.Events, options);
        var staging = new Staging(engine, options, cancellation);
        for (int n = 0; n < roles.Count; n++)
        {
            Report($"reading {plan.Events[n].File.Name}", staging.Staged);
            staging.Load(plan.Events[n], roles[n]);
        }
        Importer.CheckRows(staging, options.OnError);
        long read = staging.Read, invalid = staging.InvalidCount, filtered = staging.FilteredCount;
        var firstInvalid = staging.FirstInvalid();
        _reasons.AddRange(staging.Reasons());
        NoteColumns(roles[0]);

        Report("indexing ids", read);
        var encoded = EncodedRows.Of(engine, roles[0], staging.Staged);
        engine.Execute("DROP TABLE rows");
        Report("ordering events", read);
        var events = new EventTable(encoded, 0, encoded.User.Length);
        long merged = events.Merge(roles[0].Kind);
        filtered += Filter(events);
        var rows = new RowCounts(read, events.Count, merged, invalid, filtered);
        if (rows.Read != rows.Kept + rows.Merged + rows.Invalid + rows.Filtered)
            throw new InvalidOperationException($"Rows were lost or made up: {rows}.");
        if (rows.Kept == 0)
            throw new InputException($"No event is left of {read} rows: {Outcome()}; ask for less.");
        var kind = Decay(events, roles[0].Kind);
        var (interactions, userIndex, itemIndex) = events.Compact();

        Report("joining attributes", read);
        var attributes = new Attributes(engine, options.OnError, _notes, cancellation);
        var itemCatalog = attributes.Join(plan.Items, false, itemIndex, interactions.Items.Count);
        var userCatalog = attributes.Join(plan.Users, true, userIndex, interactions.Users.Count);
        Report("writing", read);
        cancellation.ThrowIfCancellationRequested();
        var columns = roles[0].Describe(plan.Events[0]);
        var manifest = new DatasetManifest(plan.Name, [.. plan.Events.Select(t => t.File.Name)], columns, kind, rows, options.MinUser, options.MinItem);
        DataFolder.Write(folder, manifest, interactions, itemCatalog, userCatalog);
        return new(
            plan.Name, plan.Format, columns, kind, rows, interactions.Users.Count, interactions.Items.Count, rows.Kept,
            firstInvalid, Ordered(), _notes);
    }

    private ImportPlan Plan()
    {
        var items = Tables(options.ItemAttributes);
        var users = Tables(options.UserAttributes);
        if (options.Sources is [var folder] && Directory.Exists(folder))
        {
            var known = new KnownFolders(engine, folder, cancellation).Recognize();
            return known with { Name = options.Name ?? known.Name, Items = [.. known.Items, .. items], Users = [.. known.Users, .. users] };
        }
        var tables = Importer.Look(engine, SourceFile.Expand(engine, options.Sources), options, cancellation);
        string format = string.Join("; ", tables.Select(t => t.Description).Distinct());
        return new(options.Name ?? tables[0].File.Name.Split('.')[0], format, tables, items, users);
    }

    private List<AttributeFile> Tables(IReadOnlyList<string> sources) => sources.Count == 0 ? [] :
        [.. SourceFile.Expand(engine, sources).Select(p => SourceFile.Open(engine, p, cancellation))
            .Select(f => new AttributeFile(Sniffer.Look(engine, f, null, null, ["id"])))];

    private long Filter(EventTable events)
    {
        long small = options.MinValue is { } minimum ? events.Keep(minimum) : 0;
        long core = options.MinUser > 1 || options.MinItem > 1 ? events.KeepCore(options.MinUser, options.MinItem, cancellation) : 0;
        if (small > 0) _reasons.Add(new($"the value is below {options.MinValue}", small));
        if (core > 0) _reasons.Add(new($"its user has fewer than {options.MinUser} or its item fewer than {options.MinItem} events", core));
        return small + core;
    }

    private ValueKind Decay(EventTable events, ValueKind kind)
    {
        if (options.HalfLife is not { } halfLife) return kind;
        events.Decay(halfLife);
        if (kind == ValueKind.Ratings) _notes.Add("Ratings were weighed by their age: the values are weights now.");
        return ValueKind.Weights;
    }

    private void NoteColumns(ColumnRoles roles)
    {
        if (roles.Time is null)
            _notes.Add("No time column: time splits are not possible; the order of rows is taken for the order of events.");
        if (roles.Kind == ValueKind.None) _notes.Add("No value column: every event weighs 1.");
        if (roles.Event is null || options.Weights.Count > 0) return;
        const int Shown = 5;
        var types = engine.Rows($"""
            SELECT event, count(*) FROM rows WHERE reason = 0 GROUP BY event ORDER BY count(*) DESC, event LIMIT {Shown + 1}
            """);
        string list = string.Join(", ", types.Take(Shown).Select(t => $"{t[0]} ({t[1]})"));
        _notes.Add($"Event types {list}{(types.Count > Shown ? ", …" : "")} all weigh the same; --weight TYPE=NUMBER says otherwise.");
    }

    private string Outcome() => string.Join(", ", Ordered().Select(r => $"{r.Count} × {r.Reason}"));

    private List<ReasonCount> Ordered() => [.. _reasons.OrderByDescending(r => r.Count).ThenBy(r => r.Reason, StringComparer.Ordinal)];

    private void Report(string step, long rows) => progress?.Report(new(step, rows));
}
