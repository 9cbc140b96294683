namespace Kindred.Import;

/// <summary>What is read, and from where.</summary>
/// <param name="Format">For a person.</param>
internal sealed record ImportPlan(
    string Name, string Format, IReadOnlyList<Table> Events, IReadOnlyList<AttributeFile> Items, IReadOnlyList<AttributeFile> Users)
{
    /// <summary>The type of each event file, where types are given for files.</summary>
    public IReadOnlyList<TypedFile?>? Types { get; init; }
}

/// <summary>Folders that are recognized by the files in them: MovieLens in its editions, and what gorse dumps.</summary>
internal sealed class KnownFolders(DuckDbSession engine, string folder, CancellationToken cancellation)
{
    private static readonly string[] Ratings = ["user id", "item id", "rating", "timestamp"];

    /// <summary>Of u.item; a column without a name is left out: release dates are in the title's year, links are dead.</summary>
    private static readonly string[] Films =
        ["item id", "title", "", "", "", "genres=unknown", "genres=Action", "genres=Adventure", "genres=Animation", "genres=Children's",
         "genres=Comedy", "genres=Crime", "genres=Documentary", "genres=Drama", "genres=Fantasy", "genres=Film-Noir", "genres=Horror",
         "genres=Musical", "genres=Mystery", "genres=Romance", "genres=Sci-Fi", "genres=Thriller", "genres=War", "genres=Western"];

    private static readonly Reading Latin1 = new([], Latin1: true);

    /// <exception cref="InputException">The folder is of none of the known shapes.</exception>
    public ImportPlan Recognize()
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        if (Find("u.data") is { } data)
            return new(name, "MovieLens 100k", [Named(data, "\t", Ratings)],
                Each("u.item", f => new AttributeFile(Named(f, "|", Films), "genres")),
                Each("u.user", f => new AttributeFile(Named(f, "|", ["user id", "age", "gender", "occupation", "zip code"]))));
        if (Find("ratings.dat") is { } ratings)
            return new(name, "MovieLens 1M or 10M", [Named(ratings, "::", Ratings)], Movies(), Demographics());
        if ((Find("ratings.csv") ?? Find("ratings.parquet")) is { } table && (Find("movies.csv") ?? Find("movies.dat")) is not null)
            return new(name, "MovieLens", [Look(table)], Movies(), Demographics());
        var feedback = Dump("feedback");
        if (feedback.Count > 0)
            return new(name, "gorse dump", feedback, Each(Dump("items")), Each(Dump("users")));
        throw new InputException(
            $"{folder} is a folder of no known shape (MovieLens: u.data, ratings.dat, or ratings.csv with movies.csv; "
            + "gorse: feedback.jsonl); name the files in it.");
    }

    private List<AttributeFile> Movies() =>
        [.. Each("movies.csv", f => new AttributeFile(Look(f))),
         .. Each("movies.dat", f => new AttributeFile(Named(f, "::", ["item id", "title", "genres"])))];

    private List<AttributeFile> Demographics() =>
        Each("users.dat", f => new AttributeFile(Named(f, "::", ["user id", "gender", "age", "occupation", "zip code"])));

    private List<Table> Dump(string name) =>
        [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
            .Where(f => Path.GetFileName(f).StartsWith(name, StringComparison.OrdinalIgnoreCase))
            .Where(f => Path.GetFileName(f).Contains(".json", StringComparison.OrdinalIgnoreCase))
            .Select(Look)];

    private static List<AttributeFile> Each(List<Table> tables) => tables.ConvertAll(t => new AttributeFile(t));

    private List<AttributeFile> Each(string name, Func<string, AttributeFile> open) => Find(name) is { } path ? [open(path)] : [];

    private string? Find(string name) =>
        new[] { name, $"{name}.gz", $"{name}.zst" }.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists);

    private Table Look(string path) => Sniffer.Look(engine, SourceFile.Open(engine, path, Latin1, cancellation), Latin1);

    private Table Named(string path, string delimiter, string[] columns)
    {
        var reading = Latin1 with { Delimiter = delimiter, Header = false };
        var table = Sniffer.Look(engine, SourceFile.Open(engine, path, reading, cancellation), reading);
        if (table.Columns.Count != columns.Length)
            throw new InputException(
                $"{path} has {table.Columns.Count} columns where MovieLens has {columns.Length}; give the file, not its folder.");
        return table with
        {
            Columns = [.. columns.Select((c, n) => new TableColumn(c, $"c{n + 1}"))],
            Dialect = table.Dialect with { Quote = '\0', Escape = '\0' }, // a quote is part of a title in these files
        };
    }
}
