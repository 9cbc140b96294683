using System.Text.Json;
using Kindred.Data;
using Kindred.Partitions;
using Kindred.Storage;

namespace Kindred.Import;

/// <summary>
/// Imports files one after the other and cuts each by users, so that memory holds one file or one partition, never all events.
/// </summary>
/// <remarks>
/// A piece is one file's events of one partition. The pieces of a partition are joined at the end: a user's events in the order of time,
/// those of one second in the order of the files.
/// </remarks>
internal sealed class PartitionedImport(
    ImportOptions options, int partitions, string folder, IProgress<ImportProgress>? progress, CancellationToken cancellation)
{
    private const int ScaleSample = 1 << 21;

    private const string OfUsers = "Attributes of users:";

    private const string NoUserAttributes =
        "What is known of users is left out, as there is no table of all users in partitions; import without --partitions to keep it.";

    private readonly List<ImportSummary> _files = [];
    private readonly List<StringTable> _itemsOf = [];
    private readonly List<DataFolder> _open = [];
    private Catalog? _catalog;
    private long _merged;
    private bool _knowsUsers;

    /// <returns>What was imported.</returns>
    public ImportSummary Run()
    {
        Check();
        using var draft = DraftFolder.Create(folder);
        try
        {
            return Into(draft);
        }
        finally
        {
            _open.ForEach(data => data.Dispose());
        }
    }

    private ImportSummary Into(DraftFolder draft)
    {
        string pieces = Path.Combine(draft.Path, "pieces"), next = draft.Next;
        Directory.CreateDirectory(next);
        var sources = Sources();
        for (int n = 0; n < sources.Count; n++) Cut(n, sources[n], isOnly: sources.Count == 1, pieces);
        if (_files.Select(file => file.Values).Distinct().Count() > 1)
            throw new InputException("Some of the files have ratings or weights and others have none; import with --value none, or name "
                + "their column with --value.");
        if (options.Scale is not (null or ValueScaling.Raw) && options.Weights.Count == 0 && _files[0].Values != ValueKind.Weights)
            throw new InputException("--scale is for counts and the like, and these files have none; leave it out.");
        var items = Items(draft.Path);
        int[][] codes = [.. _itemsOf.Select(table => CodesOf(table, items))];
        var scale = Join(pieces, next, items, codes);
        var (users, events) = Counts(next);
        PartitionedFolder.WriteItems(next, new(
            _files[0].Name, [.. sources.Select(source => Path.GetFileName(source.Sources[0]))], _files[0].Columns, _files[0].Values, users,
            events), items, _catalog ?? Catalog.Empty(items.Count));
        Place(draft);
        return Summary(users.Sum(count => (long)count), events.Sum(count => (long)count), items.Count, scale);
    }

    private void Check()
    {
        if (partitions is < 1 or > PartitionedFolder.Most)
            throw new InputException($"--partitions must be from 1 to {PartitionedFolder.Most}, was {partitions}.");
        if (options.HalfLife is not null || options.MinUser > 1 || options.MinItem > 1)
            throw new InputException(
                "--half-life, --min-user and --min-item need all events at once and cannot be used with --partitions.");
        if (options.KeepWithoutEvents)
            throw new InputException("Partitions hold events, and --keep-without-events is for what has none; leave one of them out.");
        if (options.UserAttributes.Count > 0)
            throw new InputException("There is no table of all users in partitions, so --user-attributes cannot be used with them.");
        if (File.Exists(folder) || (Directory.Exists(folder) && !PartitionedFolder.Is(folder)
            && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new InputException($"{folder} exists and holds no partitions; choose another place or remove it.");
    }

    /// <returns>Options for each file; a folder of a known shape is one.</returns>
    private List<ImportOptions> Sources()
    {
        if (options.Sources is [var known] && Directory.Exists(known)) return [options];
        using var engine = new DuckDbSession(DraftFolder.Temporary(), cancellation);
        string[] paths = options.Sources.Count == 0 ? [] : [.. SourceFile.Expand(engine, options.Sources)];
        var typed = options.Files.SelectMany(file => SourceFile.Expand(engine, [file.Path]).Select(path => file with { Path = path }));
        return
        [
            .. paths.Select(path => options with { Sources = [path], Files = [] }),
            .. typed.Select(file => options with { Sources = [], Files = [file] }),
        ];
    }

    /// <summary>Imports one file and writes its events as a piece of each partition.</summary>
    private void Cut(int file, ImportOptions source, bool isOnly, string pieces)
    {
        string whole = Path.Combine(pieces, "file");
        var one = source with { Scale = ValueScaling.Raw, ItemAttributes = isOnly ? source.ItemAttributes : [] };
        _files.Add(Importer.Import(one, whole, progress, cancellation));
        using (var data = DataFolder.Open(whole))
        {
            var events = data.Interactions;
            _knowsUsers |= !data.UserCatalog.IsEmpty;
            _itemsOf.Add(StringTable.From([.. Enumerable.Range(0, events.Items.Count).Select(events.Items.Id)]));
            var usersOf = new List<int>[partitions];
            for (int partition = 0; partition < partitions; partition++) usersOf[partition] = [];
            for (int user = 0; user < events.Users.Count; user++)
                usersOf[PartitionedFolder.PartitionOf(events.Users.Utf8(user), partitions)].Add(user);
            for (int partition = 0; partition < partitions; partition++)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(new($"cutting {data.Manifest.Name}, partition {partition + 1} of {partitions}", _files[^1].Rows.Read));
                var users = usersOf[partition];
                PartitionedFolder.WritePart(Path.Combine(pieces, $"{file}"), partition, data.Manifest.Values, new(
                    new Vocabulary([.. users.Select(events.Users.Id)]), events.Items, Selected(events.Histories, users)));
            }
        }
        if (isOnly) _catalog = Keep(whole).ItemCatalog;
        else Directory.Delete(whole, recursive: true);
    }

    private DataFolder Keep(string path)
    {
        var data = DataFolder.Open(path);
        _open.Add(data);
        return data;
    }

    private static Histories Selected(Histories all, List<int> users)
    {
        var starts = new int[users.Count + 1];
        for (int n = 0; n < users.Count; n++) starts[n + 1] = starts[n] + all.ItemsOf(users[n]).Length;
        var items = new int[starts[^1]];
        var weights = new float[starts[^1]];
        var times = new long[all.HasTimes ? starts[^1] : 0];
        for (int n = 0; n < users.Count; n++)
        {
            all.ItemsOf(users[n]).CopyTo(items.AsMemory(starts[n]));
            all.WeightsOf(users[n]).CopyTo(weights.AsMemory(starts[n]));
            if (all.HasTimes) all.TimesOf(users[n]).CopyTo(times.AsMemory(starts[n]));
        }
        return new(starts, items, times, weights);
    }

    /// <summary>The items of all files: those of the first, then what is new in the next.</summary>
    private Vocabulary Items(string draft)
    {
        var all = new Vocabulary(_itemsOf[0]);
        foreach (var table in _itemsOf.Skip(1))
            all = all.Append([.. Enumerable.Range(0, table.Count).Select(n => table[n]).Where(id => !all.TryGetIndex(id, out _))]);
        if (_itemsOf.Count == 1 || options.ItemAttributes.Count == 0) return all;
        // the table about items is joined to a user who had all of them
        string lines = Path.Combine(draft, "items.jsonl"), joined = Path.Combine(draft, "joined");
        File.WriteAllLines(lines, Enumerable.Range(0, all.Count).Select(n =>
            JsonSerializer.Serialize(new { user = "all", item = all.Id(n) })));
        Importer.Import(
            new()
            {
                Sources = [lines],
                ItemAttributes = options.ItemAttributes,
                ItemId = options.ItemId,
                Title = options.Title,
                LabelSeparator = options.LabelSeparator,
                FoldIds = options.FoldIds,
                OnError = options.OnError,
            }, joined, progress, cancellation);
        var data = Keep(joined);
        _catalog = data.ItemCatalog;
        return new(StringTable.From([.. Enumerable.Range(0, all.Count).Select(data.Interactions.Items.Id)]));
    }

    private static int[] CodesOf(StringTable ids, Vocabulary items)
    {
        var codes = new int[ids.Count];
        for (int n = 0; n < codes.Length; n++)
            if (!items.TryGetIndex(ids[n], out codes[n])) throw new InvalidOperationException($"Item '{ids[n]}' was lost.");
        return codes;
    }

    /// <summary>Joins the pieces of each partition, then scales their values alike.</summary>
    private ValueScale Join(string pieces, string next, Vocabulary items, int[][] codes)
    {
        var sample = new List<float>();
        var kind = _files[0].Values;
        var vocabularies = _itemsOf.ConvertAll(ids => new Vocabulary(ids));
        for (int partition = 0; partition < partitions; partition++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new($"joining partition {partition + 1} of {partitions}", _files.Sum(file => file.Rows.Read)));
            var parts = new PartitionPieces(kind);
            for (int file = 0; file < codes.Length; file++)
            {
                using var piece = PartitionedFolder.ReadPart(Path.Combine(pieces, $"{file}"), partition, vocabularies[file]);
                parts.Add(piece.Data, codes[file]);
            }
            var joined = parts.Join(items, out long merged);
            _merged += merged;
            PartitionedFolder.WritePart(next, partition, kind, joined);
            var weights = joined.Histories.Weights.Span;
            int step = Math.Max(1, (int)((long)weights.Length * partitions / ScaleSample));
            for (int n = 0; n < weights.Length; n += step) sample.Add(weights[n]);
        }
        bool mayScale = kind == ValueKind.Weights && options.Weights.Count == 0 && options.Files.Count == 0;
        var scale = options.Scale is { } scaling ? ValueScale.Of(scaling, [.. sample])
            : mayScale ? ValueScale.For([.. sample]) : ValueScale.Raw;
        for (int partition = 0; partition < partitions && scale != ValueScale.Raw; partition++)
        {
            using var raw = PartitionedFolder.ReadPart(next, partition, items);
            PartitionedFolder.WritePart(next, partition, kind, raw.Data.Scaled(scale));
        }
        return scale;
    }

    private (int[] Users, int[] Events) Counts(string next)
    {
        var parts = Enumerable.Range(0, partitions).Select(partition => PartitionedFolder.SizeOf(next, partition)).ToArray();
        return ([.. parts.Select(part => part.Users)], [.. parts.Select(part => part.Events)]);
    }

    private void Place(DraftFolder draft)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!Directory.Exists(folder)) Directory.Move(draft.Next, folder);
        else if (!FolderMoves.TryExchange(draft.Next, folder))
        {
            Directory.Move(folder, draft.Replaced);
            Directory.Move(draft.Next, folder);
        }
    }

    private ImportSummary Summary(long users, long events, int items, ValueScale scale)
    {
        var rows = _files.Select(file => file.Rows).ToList();
        var first = _files[0];
        return first with
        {
            Rows = new(rows.Sum(r => r.Read), events, rows.Sum(r => r.Merged) + _merged, rows.Sum(r => r.Invalid),
                rows.Sum(r => r.Filtered)),
            Users = (int)Math.Min(int.MaxValue, users),
            Items = items,
            Events = events,
            FirstInvalid = [.. _files.SelectMany(file => file.FirstInvalid).Take(5)],
            Reasons = [.. Added(_files.SelectMany(file => file.Reasons)).OrderByDescending(r => r.Count)],
            Notes = [.. _files.SelectMany(file => file.Notes).Distinct().Where(note => !note.StartsWith(OfUsers, StringComparison.Ordinal)),
                .. ScaleNote(scale)],
            Warnings = [.. _files.SelectMany(file => file.Warnings).Distinct(), .. _knowsUsers ? [NoUserAttributes] : (string[])[]],
            Unused = [.. _files.SelectMany(file => file.Unused).Distinct()],
            Skipped = [.. Added(_files.SelectMany(file => file.Skipped))],
            First = _files.Min(file => file.First),
            Last = _files.Max(file => file.Last),
            Scale = scale,
        };
    }

    private static IEnumerable<ReasonCount> Added(IEnumerable<ReasonCount> counts) =>
        counts.GroupBy(count => count.Reason).Select(same => new ReasonCount(same.Key, same.Sum(count => count.Count)));

    private IEnumerable<string> ScaleNote(ValueScale scale) => scale == ValueScale.Raw ? []
        : [options.Scale is not null ? $"An event weighs {scale}."
            : $"A few large values would decide everything, so an event weighs {scale}; --scale raw, log, cap or none says otherwise."];
}
