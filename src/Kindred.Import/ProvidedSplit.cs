using Kindred.Data;
using Kindred.Splitting;

namespace Kindred.Import;

/// <summary>Train, validation and test as published files.</summary>
internal sealed class ProvidedSplit(ImportOptions options, Engine engine, CancellationToken cancellation)
{
    public Split Read(string train, string? validation, string test)
    {
        string[] paths = validation is null ? [train, test] : [train, validation, test];
        var tables = Importer.Look(engine, paths, options, cancellation);
        var roles = Importer.RolesIn(engine, tables, options);
        var staging = new Staging(engine, options, cancellation);
        var ends = new List<int>();
        for (int n = 0; n < tables.Count; n++)
        {
            staging.Load(tables[n], roles[n]);
            ends.Add(checked((int)staging.Staged));
        }
        Importer.CheckRows(staging, options.OnError);
        var rows = EncodedRows.Of(engine, roles[0], staging.Staged);
        string files = string.Join(", ", tables.Select(t => t.File.Name));
        return Cut(rows, roles[0].Kind, ends[0], ends[^2], files, validation is not null, staging.InvalidCount);
    }

    /// <summary>Rows [0, trainEnd) are train, [trainEnd, validationEnd) validation, the rest test.</summary>
    private Split Cut(EncodedRows rows, ValueKind kind, int trainEnd, int validationEnd, string files, bool hasValidation, long invalid)
    {
        TakeOut(rows, trainEnd, validationEnd);
        Vocabulary users = new(rows.Users), items = new(rows.Items);
        Interactions Part(int first, int end)
        {
            var events = new EventTable(rows, first, end);
            events.Merge(kind);
            if (options.MinValue is { } minimum) events.Keep(minimum);
            return events.On(users, items);
        }
        var train = Part(0, trainEnd);
        var known = Part(0, validationEnd);
        var (validation, inTrain) = WithoutKnown(Part(trainEnd, validationEnd), train);
        var (test, inKnown) = WithoutKnown(Part(validationEnd, rows.User.Length), known);

        var warnings = new List<string>();
        if (!hasValidation) warnings.Add("There is no validation part: options chosen by looking at the test part flatter the result.");
        if (invalid > 0) warnings.Add($"{invalid} invalid rows were left out.");
        if (test.Histories.Count == 0) warnings.Add("The test part is empty.");
        return new(train, validation, test, $"Parts as provided in {files}.", warnings, inTrain + inKnown) { Final = new(known, test) };
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

    /// <returns>The events whose item the user has not in <paramref name="known"/>, and how many he has.</returns>
    private static (Interactions Unknown, long Repeats) WithoutKnown(Interactions part, Interactions known)
    {
        var keep = new bool[part.Histories.Count];
        var starts = part.Histories.Starts.Span;
        for (int user = 0; user < part.Users.Count; user++)
        {
            var had = new HashSet<int>(known.Histories.ItemsOf(user).ToArray());
            for (int n = starts[user]; n < starts[user + 1]; n++) keep[n] = !had.Contains(part.Histories.Items.Span[n]);
        }
        var unknown = part.Where(keep);
        return (unknown, part.Histories.Count - unknown.Histories.Count);
    }
}
