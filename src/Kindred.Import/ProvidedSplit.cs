using Kindred.Data;
using Kindred.Splitting;

namespace Kindred.Import;

/// <summary>Train, validation and test as published files.</summary>
internal sealed class ProvidedSplit(ImportOptions options, DuckDbSession engine, CancellationToken cancellation)
{
    /// <param name="draw">Takes a validation part out of the training part; null: it is provided, or there is none.</param>
    public Split Read(string train, string? validation, string test, PartDraw? draw, int seed)
    {
        string[] paths = validation is null ? [train, test] : [train, validation, test];
        var tables = EventSources.Look(engine, paths, options, cancellation);
        var sources = EventSources.Of(engine, tables, options, cancellation);
        var roles = sources.Roles;
        var staging = new Staging(engine, sources, cancellation);
        var ends = new List<int>();
        for (int n = 0; n < tables.Count; n++)
        {
            staging.Load(n);
            ends.Add(staging.Rows.Count);
        }
        Importer.CheckRows(staging, options.OnError);
        var rows = EncodedRows.Of(engine, sources, staging.Rows);
        string files = string.Join(", ", tables.Select(t => t.File.Name));
        var split = Cut(rows, sources, ends[0], ends[^2], files, validation is not null || draw is not null, staging.InvalidCount);
        return DrawnValidation.Checked(draw is { } how ? DrawnValidation.Of(split, how, seed) : split);
    }

    /// <summary>Rows [0, trainEnd) are train, [trainEnd, validationEnd) validation, the rest test.</summary>
    private Split Cut(
        EncodedRows rows, EventSources sources, int trainEnd, int validationEnd, string files, bool hasValidation, long invalid)
    {
        var kind = sources.Roles[0].Kind;
        TakeOut(rows, trainEnd, validationEnd);
        Vocabulary users = new(rows.Users), items = new(rows.Items);
        ValueScale? scale = null; // of the training part: it is the first
        Interactions Part(int first, int end)
        {
            var events = new EventTable(rows, first, end);
            events.Merge(kind);
            if (options.MinValue is { } minimum) events.Keep(minimum);
            events.Scale(scale ??= kind == ValueKind.None ? ValueScale.Raw : sources.ScaleOf(events.Values()));
            return events.On(users, items).WithOrigin(new(files, null, kind));
        }
        string protocol = $"Parts as provided in {files}.";
        string[] skipped = invalid > 0 ? [$"{invalid} invalid rows were left out."] : [];
        string[] untuned = hasValidation ? []
            : ["There is no validation part: options chosen by looking at the test part flatter the result."];
        return new(
            Holdout.Given(
                Part(0, trainEnd), Part(trainEnd, validationEnd), $"{protocol} Measured on the validation part.", "validation", skipped),
            Holdout.Given(Part(0, validationEnd), Part(validationEnd, rows.User.Length), $"{protocol} Measured on the test part.", "test",
                [.. untuned, .. skipped]),
            protocol);
    }

    /// <summary>Takes rows out of train that are in validation too: same user, item and time.</summary>
    private static void TakeOut(EncodedRows rows, int trainEnd, int validationEnd)
    {
        (int, int, long) Key(int row) => (rows.User[row], rows.Item[row], rows.Times.Length > 0 ? rows.Times[row] : 0);
        var held = new HashSet<(int, int, long)>();
        for (int row = trainEnd; row < validationEnd; row++) held.Add(Key(row));
        for (int row = 0; row < trainEnd; row++)
            if (rows.User[row] >= 0 && held.Contains(Key(row))) rows.User[row] = -1;
    }
}
