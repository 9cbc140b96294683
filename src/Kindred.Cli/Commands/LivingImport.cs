using System.Security.Cryptography;
using System.Text;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Import;
using Kindred.Server;
using Kindred.Store;

namespace Kindred.Cli.Commands;

/// <summary>`kindred import --data`: files into the store of a living folder, whose server may run.</summary>
internal sealed class LivingImport(LivingFolder folder, string? type, CommandContext session)
{
    private const int Batch = 5_000, EntryBatch = 1_000;

    private long _stored, _duplicates, _conflicts, _entries;

    public async Task RunAsync(ImportOptions options)
    {
        await using var store = await folder.OpenStoreAsync(session.Cancellation);
        var settings = await EventSettings.ReadAsync(store, session.Cancellation);
        var types = new Dictionary<string, IReadOnlyList<AttributeConflict>>();
        string name = DataSource.NameOf(options);
        var summary = session.Activity.Run($"Importing {name}", ticker => Importer.ImportRows(
            options, Path.Combine(folder.Jobs, "import"),
            rows =>
            {
                types["items"] = Put(store.Items, rows.Items);
                types["users"] = Put(store.Users, rows.Users);
                Append(store, settings, rows, ticker);
            },
            ticker, session.Cancellation));
        await store.Audit.AppendAsync("kindred import", "import-events", name, cancellationToken: session.Cancellation);
        session.Print(ImportView.Of(summary));
        session.Print(Grid.OfPairs(
            ("stored", $"{Format.Many(_stored, "event")}, {Format.Count(_entries)} users and items with attributes"),
            ("stored before", Format.Many(_duplicates, "event")),
            ("conflicts", Format.Count(_conflicts))));
        foreach (var (what, conflicts) in types)
            if (conflicts.Count > 0)
                session.Print(new Paragraph(
                    $"Warning: {Format.Many(conflicts.Count, "attribute")} of {what} have another type than before, the first is " +
                    $"{conflicts[0].Name} of {conflicts[0].Id}; they are stored as they are."));
        session.Print(new Paragraph($"Written to {folder.Path}."));
        session.Print(new JsonResult(new
        {
            folder = folder.Path,
            summary,
            stored = _stored,
            duplicates = _duplicates,
            conflicts = _conflicts,
            entries = _entries,
        }));
    }

    private List<AttributeConflict> Put(ICatalogStore store, IEnumerable<(string Id, string Attributes)> entries)
    {
        var conflicts = new List<AttributeConflict>();
        foreach (var batch in entries.Select(entry => new CatalogEntry(entry.Id, entry.Attributes)).Chunk(EntryBatch))
        {
            conflicts.AddRange(store.MergeAsync(batch, session.Cancellation).GetAwaiter().GetResult());
            _entries += batch.Length;
        }
        return conflicts;
    }

    private void Append(IStore store, EventSettings settings, ImportedRows rows, ProgressBar ticker)
    {
        string content = HashOf(rows.Events);
        long done = 0;
        foreach (var batch in rows.Events.Chunk(Batch))
        {
            var results = store.Events.AppendAsync([.. batch.Select(e => EventOf(e, settings, content))], session.Cancellation)
                .GetAwaiter().GetResult();
            foreach (var result in results)
            {
                if (result.Outcome == AppendOutcome.Accepted) _stored++;
                else if (result.Outcome == AppendOutcome.Duplicate) _duplicates++;
                else _conflicts++;
            }
            ticker.Report(new ImportProgress("storing", done += batch.Length));
        }
    }

    /// <summary>
    /// Without a time, the row in what was read is the identity: the same files again are stored once, a file that differs is another one,
    /// whatever its name.
    /// </summary>
    private NewEvent EventOf(ImportedEvent e, EventSettings settings, string content)
    {
        string given = TypeOf(e);
        if (!settings.Accepts(given))
            throw new InputException($"The type '{given}' is not in the settings of events; add it there, or name another with --type.");
        return new(given, e.ItemId)
        {
            UserId = e.UserId,
            Value = e.Value,
            Time = e.Time,
            Id = e.Time is null ? $"{content}:{e.Row}" : null,
        };
    }

    private string TypeOf(ImportedEvent e) => e.Type ?? type ?? (e.Value is null ? "view" : "rating");

    /// <returns>Of all rows that have no time.</returns>
    private string HashOf(IEnumerable<ImportedEvent> events)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var e in events)
        {
            if (e.Time is not null) break; // all have one
            // each text ends with a character that none has: no two rows look the same
            hash.AppendData(Encoding.UTF8.GetBytes($"{e.Row}\0{e.UserId}\0{e.ItemId}\0{TypeOf(e)}\0"));
            hash.AppendData(BitConverter.GetBytes(e.Value ?? float.NaN));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
