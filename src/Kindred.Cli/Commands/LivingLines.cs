using System.Text;
using System.Text.Json;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Import;
using Kindred.Server;
using Kindred.Server.Ingestion;
using Kindred.Store;
using RecordReader = Kindred.Server.Ingestion.RecordReader;

namespace Kindred.Cli.Commands;

/// <summary>
/// `kindred import --data` of the JSON lines in which a living folder's events were exported: each is stored as it was, with its id, so
/// that those which are there are not stored again.
/// </summary>
internal sealed class LivingLines(LivingFolder folder, CommandContext session)
{
    private const int Batch = 5_000;

    private long _stored, _duplicates, _conflicts;

    /// <returns>Whether a file has such lines, by its name and its first one.</returns>
    public static bool Are(string file)
    {
        string name = IsPacked(file) ? file[..^3] : file;
        if (Path.GetExtension(name).ToLowerInvariant() is not (".jsonl" or ".ndjson") || !File.Exists(file)) return false;
        try
        {
            using var lines = Open(file);
            if (lines.ReadLine() is not { } first) return false;
            using var json = JsonDocument.Parse(first);
            return json.RootElement is { ValueKind: JsonValueKind.Object } e
                && ((string[])["sequence", "id", "type", "itemId", "time", "receivedAt"]).All(field => e.TryGetProperty(field, out _));
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public async Task RunAsync(string file)
    {
        await using var store = await folder.OpenStoreAsync(session.Cancellation);
        var settings = await EventSettings.ReadAsync(store, session.Cancellation);
        string name = Path.GetFileName(file);
        CheckIsWhole(file);
        session.Activity.Run($"Importing {name}", ticker =>
        {
            using var lines = Open(file);
            return Append(store, new EventReader(settings, DateTimeOffset.UtcNow).Read, lines, name, ticker);
        });
        await store.Audit.AppendAsync("kindred import", "import-events", name, cancellationToken: session.Cancellation);
        session.Print(Grid.OfPairs(
            ("stored", Format.Many(_stored, "event")),
            ("stored before", Format.Many(_duplicates, "event")),
            ("conflicts", Format.Count(_conflicts))));
        session.Print(new Paragraph($"Written to {folder.Path}: the lines are an export of events, each with its id."));
        session.Print(new JsonResult(new
        {
            folder = folder.Path,
            stored = _stored,
            duplicates = _duplicates,
            conflicts = _conflicts,
            entries = 0,
        }));
    }

    private long Append(IStore store, RecordReader.Read<NewEvent> read, StreamReader lines, string name, ProgressBar ticker)
    {
        var batch = new List<NewEvent>(Batch);
        long number = 0;
        while (lines.ReadLine() is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            var (record, reason) = RecordReader.ReadLine(Encoding.UTF8.GetBytes(line), read);
            if (record is null)
            {
                Flush();
                throw new InputException(
                    $"Line {number} of {name} cannot be used: {reason} The lines before it are stored; mend it and import the file again.");
            }
            batch.Add(record);
            if (batch.Count == Batch) Flush();
        }
        Flush();
        return number;

        void Flush()
        {
            foreach (var result in store.Events.AppendAsync([.. batch], session.Cancellation).GetAwaiter().GetResult())
            {
                if (result.Outcome == AppendOutcome.Accepted) _stored++;
                else if (result.Outcome == AppendOutcome.Duplicate) _duplicates++;
                else _conflicts++;
            }
            batch.Clear();
            ticker.Report(new ImportProgress("storing", number));
        }
    }

    private static void CheckIsWhole(string file)
    {
        if (!IsPacked(file)) return;
        long bytes = 0;
        byte[] buffer = new byte[1 << 16];
        try
        {
            using var stream = Gzip.Open(file);
            for (int read; (read = stream.Read(buffer)) > 0;) bytes += read;
        }
        catch (InvalidDataException) { throw new InputException($"{file} is damaged: its gzip stream cannot be read; export it again."); }
        if (!Gzip.IsWhole(file, bytes)) throw new InputException($"{file} is truncated: its gzip stream has no end; export it again.");
    }

    private static bool IsPacked(string file) => file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private static StreamReader Open(string file) => new(IsPacked(file) ? Gzip.Open(file) : File.OpenRead(file), Encoding.UTF8);
}
