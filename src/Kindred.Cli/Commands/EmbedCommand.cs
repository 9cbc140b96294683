using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Data;
using Kindred.Import.Arrays;
using Kindred.Models;

namespace Kindred.Cli.Commands;

/// <summary>`kindred embed`: vectors of the items' texts, or the caller's own, as an attribute of a data folder.</summary>
internal static class EmbedCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("data") { Description = "Data folder, as `kindred import` makes it." };
        var text = new Option<string?>("--text")
        {
            Description = "Embed the words of these attributes, of texts or labels, by a model of language.",
            HelpName = "title,tags",
        };
        var vectors = new Option<string?>("--vectors")
        {
            Description = "Take vectors from this file; items.ids.json beside it names its rows. `kindred export vectors` writes both.",
            HelpName = "items.npy",
        };
        var name = new Option<string?>("--name")
        {
            Description = "Name of the vector: models take it as item.NAME.*. Default: text, or the name of the file.",
            HelpName = "name",
        };
        var output = new Option<string?>("--out", "-o")
        {
            Description = "Data folder to write. Default: the folder itself, replaced as a whole.",
            HelpName = "folder",
        };
        var cache = new Option<string?>("--cache")
        {
            Description = "File that keeps vectors by text, so that only changed texts are embedded again. Default: beside the folder.",
            HelpName = "file",
        };
        return new CliCommand("embed", "Make vectors of what items are called, or take your own, as an attribute that models can use.",
            "kindred-neural embed data/films --text title,genres",
            "kindred embed data/films --vectors posters.npy --name poster",
            "kindred evaluate data/films --model sampled-softmax:features=item.text.*")
        {
            data, text, vectors, name, output, cache,
        }.Runs(async (parse, session) =>
        {
            string folder = parse.GetRequiredValue(data), target = parse.GetValue(output) ?? folder;
            var (words, file) = (parse.GetValue(text), parse.GetValue(vectors));
            if (words is null == file is null)
                throw new InputException("Say what to embed: --text with names of attributes, or --vectors with a file, and not both.");
            if (file is not null && parse.GetValue(cache) is not null)
                throw new InputException("--cache is for vectors of texts; leave it out with --vectors.");
            string vector = parse.GetValue(name) ?? (file is null ? "text" : Path.GetFileNameWithoutExtension(file));
            using var opened = DataFolder.Open(folder);
            CheckName(vector, opened.ItemCatalog);
            OutputPath.Check(target, DataFolder.Kind, session);
            var rows = file is not null ? FromFile(file, opened.Interactions.Items, session)
                : await FromTexts(
                    words!, opened.ItemCatalog, parse.GetValue(cache) ?? $"{Path.TrimEndingDirectorySeparator(folder)}.vectors", session);
            int zeros = rows.Count(row => row is not null && Array.TrueForAll(row, value => value == 0));
            if (zeros > 0)
            {
                session.Activity.Note($"{Format.Many(zeros, "vector")} of zeros alone {(zeros == 1 ? "says" : "say")} nothing; left out.");
                rows = [.. rows.Select(row => row is not null && Array.TrueForAll(row, value => value == 0) ? null : row)];
            }
            opened.WriteWith(target, opened.ItemCatalog.WithVectors(vector, rows));
            int known = rows.Count(row => row is not null), dimensions = rows.FirstOrDefault(row => row is not null)?.Length ?? 0;
            session.Print(Grid.OfPairs(
                ("items", $"{Format.Count(known)} of {Format.Count(rows.Count)} have a vector"), ("dimensions", Format.Count(dimensions)),
                ("feature", $"item.{vector}.*"), ("written to", target)));
            session.Print(new JsonResult(
                new { items = known, of = rows.Count, dimensions, feature = $"item.{vector}.*", folder = target }));
        });
    }

    /// <exception cref="InputException">Commands could not name the vector, or something else is called so.</exception>
    private static void CheckName(string name, Catalog items)
    {
        if (name.Length == 0 || !name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_'))
            throw new InputException($"'{PlainText.Shorten(name)}' cannot be named as a feature; give the vector a name of letters, "
                + "digits, - and _ with --name.");
        if (items.Texts.ContainsKey(name) || items.Labels.ContainsKey(name) || items.Numbers.ContainsKey(name))
            throw new InputException($"The items have an attribute '{name}' already; give the vector another name with --name.");
    }

    private static async Task<IReadOnlyList<float[]?>> FromTexts(string columns, Catalog items, string cache, CommandContext session)
    {
        string[] names = columns.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (names.Length == 0) throw new InputException("--text names no column; write --text title, or --text title,genres.");
        var texts = items.TextsOf(names);
        if (texts.All(string.IsNullOrWhiteSpace))
            throw new InputException($"No item has a word in {columns}, so there is nothing to embed.");
        var embed = session.Program.EmbedTexts ?? throw new InputException(
            $"Texts are embedded by {TrainerCatalog.NeuralCommand}, or bring your own vectors with --vectors.");
        var embedded = await session.Activity.Run("Embedding texts", progress =>
            embed(new(texts, cache, session.Workers), progress, session.Cancellation));
        int distinct = texts.Where(text => !string.IsNullOrWhiteSpace(text)).Distinct(StringComparer.Ordinal).Count();
        session.Activity.Note($"{Format.Many(embedded.New, "text")} embedded, {distinct - embedded.New} as in {cache}.");
        return embedded.Vectors;
    }

    private static float[]?[] FromFile(string file, Vocabulary items, CommandContext session)
    {
        if (!Path.GetExtension(file).Equals(".npy", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"{file} must be a NumPy array of vectors, written by numpy.save(path, array): name.npy.");
        using var array = ArrayFile.Open(file);
        var matrix = array.Find("", "").ToMatrix();
        string[] ids = IdList.Read(Path.ChangeExtension(file, ".ids.json"), matrix.Rows);
        var rows = new float[]?[items.Count];
        int unknown = 0;
        for (int row = 0; row < matrix.Rows; row++)
        {
            if (!items.TryGetIndex(ids[row], out int item)) unknown++;
            else if (rows[item] is not null) throw new InputException($"{file} has two vectors of the item {ids[row]}.");
            else rows[item] = matrix.Row(row).ToArray();
        }
        if (unknown == matrix.Rows)
            throw new InputException($"{file} has a vector of no item of these data; are its ids those of the data?");
        if (unknown > 0) session.Activity.Note($"Warning: {unknown} of {matrix.Rows} vectors are of items that the data do not have.");
        return rows;
    }
}
