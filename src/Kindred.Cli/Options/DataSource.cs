using System.CommandLine;
using Kindred.Comparison;
using Kindred.Import;
using Kindred.Models;
using Kindred.Partitions;
using Kindred.Server;
using Kindred.Server.Renewal;
using Kindred.Snapshots;
using Kindred.Splitting;
using Kindred.Storage;

namespace Kindred.Cli.Options;

/// <summary>
/// Data to work on, from whatever was named: an imported folder as it is, raw files and the store of a living folder by way of a temporary
/// folder.
/// </summary>
internal sealed class DataSource : IDisposable
{
    private readonly DraftFolder? _temporary;

    private DataSource(DataFolder dataset, ImportSummary? summary, DraftFolder? temporary) =>
        (Dataset, Summary, _temporary) = (dataset, summary, temporary);

    public DataFolder Dataset { get; }

    /// <summary>Null: it had been imported before.</summary>
    public ImportSummary? Summary { get; }

    public DataProfile Profile => DataProfile.For(Dataset.Interactions);

    /// <returns>With warnings of leaks that come in beside the events.</returns>
    public Holdout WithLeakWarnings(Holdout holdout) => holdout with
    {
        Warnings =
        [
            .. holdout.Warnings, .. Leaks.InAttributes(Dataset.ItemCatalog, holdout),
            .. Leaks.InFilter(Dataset.Manifest.MinUser, Dataset.Manifest.MinItem),
        ],
    };

    /// <exception cref="InputException">There is no such source, or it cannot be read.</exception>
    public static DataSource Open(SourceOptions options, ParseResult parse, CommandContext session)
    {
        var sources = options.SourcesIn(parse);
        if (sources is [var folder] && DataFolder.Is(folder))
        {
            if (options.GivenIn(parse) is { } option)
                throw new InputException($"{folder} is already imported, so {option} cannot be used; import the raw files again with it.");
            return new(DataFolder.Open(folder), null, null);
        }
        if (sources is [var living] && LivingFolder.IsLiving(living))
        {
            if (options.GivenIn(parse) is { } option)
                throw new InputException($"{living} is a living folder, so {option} cannot be used; its settings say what events mean.");
            return FromStore(LivingFolder.Open(living), session);
        }
        if (sources is [var partitions] && PartitionedFolder.Is(partitions))
            throw new InputException(
                $"{partitions} holds partitions, which kindred train, evaluate, publish and recommend --users read; import "
                + "the files without --partitions for everything else.");
        var source = Import(options.ImportOptionsIn(parse), session);
        session.Activity.Note(NoteOf(source.Summary!));
        foreach (string warning in source.Summary!.Warnings) session.Activity.Note($"Warning: {warning}");
        return source;
    }

    /// <summary>Imports into a temporary folder.</summary>
    public static DataSource Import(ImportOptions options, CommandContext session)
    {
        CheckRaw(options.Sources);
        var temporary = DraftFolder.Temporary();
        try
        {
            string folder = Path.Combine(temporary.Path, "data");
            var summary = session.Activity.Run(
                $"Importing {NameOf(options)}", ticker => Importer.Import(options, folder, ticker, session.Cancellation));
            return new(DataFolder.Open(folder), summary, temporary);
        }
        catch
        {
            temporary.Dispose();
            throw;
        }
    }

    /// <exception cref="InputException">One is no raw data, but made of some by this program.</exception>
    public static void CheckRaw(IReadOnlyList<string> sources)
    {
        foreach (string source in sources)
        {
            string? kind = FolderManifest.ClaimOf(source)?.Kind;
            if (kind == DataFolder.Kind)
                throw new InputException(
                    $"{source} is already imported; use it as it is and alone, or import the raw files that it was made of.");
            if (kind is null && Directory.Exists(source) && SealedFolder.In(source, Snapshot.Kind).Count > 0) kind = "folder of snapshots";
            if (kind is not null) throw new InputException($"{source} is a {kind}, not events; name the data that it was made of.");
        }
    }

    /// <summary>Writes what the store has learned until now into a temporary folder; a server may be at work meanwhile.</summary>
    public static DataSource FromStore(LivingFolder folder, CommandContext session)
    {
        var temporary = DraftFolder.Temporary();
        try
        {
            string path = Path.Combine(temporary.Path, "data");
            session.Activity.Run("Reading the store", progress =>
            {
                WriteData(folder, path, progress, session.Cancellation).GetAwaiter().GetResult();
                return true;
            });
            return new(DataFolder.Open(path), null, temporary);
        }
        catch
        {
            temporary.Dispose();
            throw;
        }
    }

    private static async Task WriteData(
        LivingFolder folder, string path, IProgress<TrainingProgress> progress, CancellationToken cancellation)
    {
        await using var store = await folder.OpenStoreAsync(cancellation);
        var data = await StoredData.ReadAsync(store, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder.Path)),
            progress: progress, cancellation: cancellation);
        if (data.Interactions.Histories.Count == 0)
            throw new InputException($"{folder.Path} has no event to learn from yet; send some to its server.");
        data.WriteFolder(path);
    }

    public static string NameOf(ImportOptions options) => options.Sources is [var only] && options.Files.Count == 0
        ? only.Contains("://", StringComparison.Ordinal) ? "a database" : Path.GetFileName(Path.TrimEndingDirectorySeparator(only))
        : $"{options.Sources.Count + options.Files.Count} sources";

    public void Dispose()
    {
        Dataset.Dispose();
        _temporary?.Dispose();
    }

    private static string NoteOf(ImportSummary summary)
    {
        string columns = string.Join(", ", summary.Columns.Select(c => $"{c.Key} = {c.Value}"));
        string rejected = summary.Rows.Rejected > 0 ? $" {summary.Rows.Rejected} of {summary.Rows.Read} rows left out." : "";
        string unused = summary.Unused.Count > 0 ? $" Not used: {string.Join(", ", summary.Unused)}." : "";
        return $"Read as {columns}.{unused}{rejected} `kindred import` says more, and makes the next start faster.";
    }
}
