using Kindred.Splitting;
using Kindred.Storage;

namespace Kindred.Import;

/// <summary>
/// Brings event files and attribute tables into a data folder. DuckDB reads, judges and sorts; nothing is written before all of it is
/// done.
/// </summary>
public static class Importer
{
    /// <summary>Imports into a data folder, which replaces one that is already there.</summary>
    /// <param name="folder">Where to write; what does not fit into memory spills into a temporary folder beside it.</param>
    /// <exception cref="InputException">The input cannot be used; nothing has been written.</exception>
    public static ImportSummary Import(
        ImportOptions options, string folder, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        options.Check();
        bool holdsAnything = Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any();
        if (File.Exists(folder) || (holdsAnything && !DataFolder.Is(folder)))
            throw new InputException(
                $"{folder} exists and is not a {FolderManifest.NameOf(DataFolder.Kind)}; choose another place or remove it.");
        cancellation.ThrowIfCancellationRequested();
        return Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Create(folder), cancellation);
            return new ImportJob(options, engine, progress, cancellation).Into(folder);
        });
    }

    /// <summary>
    /// Imports into a folder of events that are cut by users, so that several machines can train on them: file by file, so that together
    /// they may be larger than memory.
    /// </summary>
    /// <param name="partitions">From 1 to 1,000.</param>
    /// <exception cref="InputException">The input cannot be used; nothing has been written.</exception>
    public static ImportSummary ImportPartitions(
        ImportOptions options, int partitions, string folder, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        options.Check();
        return Guarded(() => new PartitionedImport(options, partitions, folder, progress, cancellation).Run());
    }

    /// <summary>Reads files for a store that keeps single events: with the same rules and warnings as <see cref="Import"/>.</summary>
    /// <param name="folder">What does not fit into memory spills into a temporary folder beside this path.</param>
    /// <param name="write">Gets what was read, once all of it is known to be good.</param>
    /// <exception cref="InputException">The input cannot be used; nothing has been written.</exception>
    public static ImportSummary ImportRows(
        ImportOptions options, string folder, Action<ImportedRows> write, IProgress<ImportProgress>? progress,
        CancellationToken cancellation)
    {
        options.Check();
        if (options.Weights.Count > 0 || options.Files.Any(file => file.Weight is not null) || options.HalfLife is not null)
            throw new InputException("A living folder keeps events as they are; weights and half-life are its settings " +
                "(PUT /v1/settings/events), not those of an import.");
        if (options.MinValue is not null || options.MinUser > 1 || options.MinItem > 1)
            throw new InputException("A living folder keeps all events: --min-value, --min-user and --min-item cannot be used.");
        cancellation.ThrowIfCancellationRequested();
        return Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Create(folder), cancellation);
            return new ImportJob(options, engine, progress, cancellation).Into(write);
        });
    }

    /// <summary>
    /// Appends the events of new files to a data folder, which gets the data that an import of all files together would have, in their
    /// order. The options are those of the first import; the given ones may say how the new files are written.
    /// </summary>
    /// <remarks>
    /// Tables about items and users are read again, as they are now. Without event types, fractions of seconds, filters and half-life the
    /// folder holds nothing more than the data; otherwise also the rows as they were read.
    /// </remarks>
    /// <exception cref="InputException">The input cannot be used, or does not go with the data; they have not been changed.</exception>
    public static ImportSummary Append(
        string folder, ImportOptions options, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        options.Check();
        return Guarded(() =>
        {
            using var before = AppendBase.Open(folder);
            using var engine = new DuckDbSession(DraftFolder.Create(folder), cancellation);
            return new ImportJob(before.For(options), engine, progress, cancellation, before).Into(folder);
        });
    }

    /// <summary>Reads parts that were published as files, on one vocabulary. <see cref="ImportOptions.Sources"/> is not used.</summary>
    /// <param name="validation">May be a subset of <paramref name="train"/>: such events are taken out of the training part for
    /// tuning.</param>
    /// <exception cref="InputException">The input cannot be used.</exception>
    public static Split ImportSplit(
        ImportOptions options, string train, string? validation, string test, CancellationToken cancellation) =>
        ImportSplit(options, train, validation, test, null, 0, cancellation);

    /// <param name="draw">Takes a validation part out of the training part; null: it is provided, or there is none.</param>
    /// <param name="seed">Of a random draw.</param>
    internal static Split ImportSplit(
        ImportOptions options, string train, string? validation, string test, PartDraw? draw, int seed, CancellationToken cancellation)
    {
        options.Check();
        if (options.HalfLife is not null || options.MinUser > 1 || options.MinItem > 1)
            throw new InputException(
                "Provided parts are taken as they are: --half-life, --min-user and --min-item cannot be used with them.");
        return Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
            return new ProvidedSplit(options, engine, cancellation).Read(train, validation, test, draw, seed);
        });
    }

    /// <summary>Says in a sentence when the disk or the memory is not enough, or a file can no longer be read.</summary>
    internal static T Guarded<T>(Func<T> import)
    {
        try
        {
            return import();
        }
        catch (EngineException e) when (e.IsOfTheMachine)
        {
            throw new InputException($"The import was stopped: {e.FirstLine}.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException
            || (e is IOException && !e.Message.StartsWith("Could not load", StringComparison.Ordinal))) // an assembly
        {
            throw new InputException($"The import was stopped: {e.Message}", e);
        }
    }

    /// <param name="reasons">Sentences that may say why; asked for where there are invalid rows.</param>
    /// <exception cref="InputException">There are invalid rows and the policy is to fail, or there are no others.</exception>
    internal static void CheckRows(Staging staging, ErrorPolicy onError, Func<IEnumerable<string>>? reasons = null)
    {
        long invalid = staging.InvalidCount;
        if (invalid > 0 && onError == ErrorPolicy.Fail)
        {
            string more = invalid == 1 ? "" : $" ({invalid - 1} more row{(invalid == 2 ? " is" : "s are")} invalid)";
            throw new InputException(
                $"{staging.FirstInvalid()[0]}{more}; nothing was imported: mend the file, or leave such rows out with --on-error skip." +
                string.Concat((reasons?.Invoke() ?? []).Select(reason => $" {reason}")));
        }
        if (staging.Read == 0) throw new InputException("The files hold no rows; there is nothing to import.");
        if (staging.Read == invalid)
            throw new InputException(
                $"All {invalid} rows are invalid, the first is {staging.FirstInvalid()[0]}; there is nothing to import.");
    }
}
