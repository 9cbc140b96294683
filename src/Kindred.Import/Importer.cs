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
            throw new InputException($"{folder} exists and is not a {DataFolder.Kind}; choose another place or remove it.");
        cancellation.ThrowIfCancellationRequested();
        return Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Create(folder), cancellation);
            return new ImportJob(options, engine, progress, cancellation).Into(folder);
        });
    }

    /// <summary>Reads parts that were published as files, on one vocabulary. <see cref="ImportOptions.Sources"/> is not used.</summary>
    /// <param name="validation">May be a subset of <paramref name="train"/>: such events are taken out of the training part for
    /// tuning.</param>
    /// <exception cref="InputException">The input cannot be used.</exception>
    public static Split ImportSplit(ImportOptions options, string train, string? validation, string test, CancellationToken cancellation)
    {
        options.Check();
        if (options.HalfLife is not null || options.MinUser > 1 || options.MinItem > 1)
            throw new InputException(
                "Provided parts are taken as they are: --half-life, --min-user and --min-item cannot be used with them.");
        return Guarded(() =>
        {
            using var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
            return new ProvidedSplit(options, engine, cancellation).Read(train, validation, test);
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
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && !e.Message.StartsWith("Could not load", StringComparison.Ordinal)))
        {
            throw new InputException($"The import was stopped: {e.Message}", e);
        }
    }

    /// <returns>The tables of event files, all looked at before any is read.</returns>
    internal static List<Table> Look(DuckDbSession engine, IReadOnlyList<string> paths, ImportOptions options, CancellationToken cancellation)
    {
        string?[] chosen = [options.User, options.Item, options.Value, options.Time, options.Event];
        string[] names = [.. chosen.OfType<string>().Where(n => !int.TryParse(n, out _))];
        var tables = paths.Select(p => SourceFile.Open(engine, p, cancellation))
            .Select(f => Sniffer.Look(engine, f, options.Delimiter, options.Header, names)).ToList();
        // A short file of item lists may look like columns; its neighbors tell.
        if (tables.Exists(t => t.Format == TableFormat.ItemLists))
        {
            tables = tables.ConvertAll(t =>
                t is { Format: TableFormat.Delimited, Header: 0, Dialect.Delimiter: " " } ? Sniffer.AsItemLists(t.File) : t);
        }
        return tables;
    }

    /// <returns>The roles in each table.</returns>
    /// <exception cref="InputException">The tables do not have the same roles, or an option asks for one that is not there.</exception>
    internal static List<ColumnRoles> RolesIn(DuckDbSession engine, IReadOnlyList<Table> tables, ImportOptions options)
    {
        var roles = tables.Select(t => ColumnRoles.Find(engine, t, options)).ToList();
        void CheckSame(string role, Func<ColumnRoles, int?> of, int n)
        {
            if (of(roles[0]) is null == of(roles[n]) is null) return;
            throw new InputException($"Only one of {tables[0].File.Path} and {tables[n].File.Path} has a {role} column; "
                + $"import files of one kind, or leave it out with --{role} none.");
        }

        for (int n = 1; n < roles.Count; n++)
        {
            CheckSame("value", r => r.Value, n);
            CheckSame("time", r => r.Time, n);
            CheckSame("event", r => r.Event, n);
            roles[n] = roles[n] with { Kind = roles[0].Kind };
        }
        if (options.Weights.Count > 0 && roles[0].Event is null)
            throw new InputException("--weight needs a column of event types; name it with --event.");
        if (options.HalfLife is not null && roles[0].Time is null)
            throw new InputException("--half-life needs a time column; name it with --time.");
        if (options.MinValue is not null && roles[0].Kind == ValueKind.None)
            throw new InputException("--min-value needs a value column; name it with --value.");
        return roles;
    }

    /// <exception cref="InputException">There are invalid rows and the policy is to fail, or there are no others.</exception>
    internal static void CheckRows(Staging staging, ErrorPolicy onError)
    {
        long invalid = staging.InvalidCount;
        if (invalid > 0 && onError == ErrorPolicy.Fail)
        {
            string more = invalid == 1 ? "" : $" ({invalid - 1} more row{(invalid == 2 ? " is" : "s are")} invalid)";
            throw new InputException(
                $"{staging.FirstInvalid()[0]}{more}; nothing was imported: mend the file, or leave such rows out with --on-error skip.");
        }
        if (staging.Read == 0) throw new InputException("The files hold no rows; there is nothing to import.");
        if (staging.Read == invalid)
            throw new InputException(
                $"All {invalid} rows are invalid, the first is {staging.FirstInvalid()[0]}; there is nothing to import.");
    }
}
