using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Import;
using Kindred.Import.Writing;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval;

namespace Kindred.Cli.Commands;

/// <summary>`kindred export`: what data, models and snapshots hold, as tables for other programs.</summary>
internal static class ExportCommand
{
    private const string DataOrSnapshot = "Data, raw or imported; or a snapshot or a folder of snapshots.";

    private const string Trainable =
        "A model folder; a snapshot or a folder of snapshots; or data, raw or imported, to train on for this one time.";

    public static Command Create() =>
        new CliCommand("export", "Write what data, a model or a snapshot holds into a table: CSV, JSON lines, Parquet, or arrays.",
            "kindred export events data/films --out events.parquet",
            "kindred export items snapshots --out items.csv",
            "kindred export vectors models/als --out items.npy",
            "kindred export neighbours snapshots --count 20 --out similar.jsonl")
        {
            Events(), Catalog("users", isOfUsers: true), Catalog("items", isOfUsers: false), Vectors(), Neighbours(),
        };

    private static CliCommand Events()
    {
        var (output, living) = (Out(".csv, .jsonl or .parquet"), Living());
        var part = new Option<string?>("--part")
        {
            Description = "Write one part of the split alone: train, which `kindred evaluate` with the same options trains on, or test.",
            HelpName = "part",
        };
        part.AcceptOnlyFromAmong("train", "test");
        var verb = new CliCommand("events", "Write the events: user, item, value and time. Imported again, they are the same data.",
            "kindred export events data/films --out events.csv",
            "kindred export events 'log-*.json.gz' --out clean.parquet",
            "kindred export events snapshots --out events.csv.gz",
            "kindred export events data/films --part train --split leave-last --out train.csv",
            "kindred export events --data shop --out events.jsonl.gz") { output, living, part };
        var split = new SplitOptions(verb);
        var source = new SourceOptions(verb, DataOrSnapshot);
        return verb.Runs((parse, session) =>
        {
            if (parse.GetValue(part) is not { } only)
            {
                if (split.GivenIn(parse) is { } given) throw new InputException($"{given} is about parts; give --part as well.");
                Export(verb, source, output, living, parse, session, WriteEvents);
                return;
            }
            if (parse.GetValue(living) is not null) throw new InputException("--data exports all; leave out --part.");
            string file = Checked(parse.GetRequiredValue(output));
            using var parts = split.Open(parse, session, source, needsValidation: false);
            WriteEvents(file, only == "train" ? parts.Split.Final.Train : parts.Split.Final.Test, session);
        });

        static void WriteEvents(string file, Interactions data, CommandContext session)
        {
            var values = data.Origin.Fingerprint is not null ? data.Origin.Values // a snapshot does not say
                : data.Histories.Weights.Span.ContainsAnyExcept(1) ? ValueKind.Weights : ValueKind.None;
            Print(file, "events", session, progress =>
                Exporter.WriteEvents(file, data, values, progress, session.Cancellation));
            if (values == ValueKind.Weights && data.Histories.Scale == ValueScale.Raw
                && ValueScale.For(data.Histories.Weights.Span) is { Scaling: var usual and not ValueScaling.Raw })
            {
                session.Activity.Note($"The values are the weights. Import the file with --scale raw to keep them; by default it would use "
                    + $"--scale {usual.ToString().ToLowerInvariant()}.");
            }
        }
    }

    private static CliCommand Catalog(string what, bool isOfUsers)
    {
        var (output, living) = (Out(".csv, .jsonl or .parquet"), Living());
        var verb = new CliCommand(what, $"Write the {what}: ids and attributes.",
            $"kindred export {what} data/films --out {what}.csv",
            $"kindred export {what} snapshots --out {what}.parquet",
            $"kindred export {what} --data shop --out {what}.jsonl") { output, living };
        var source = new SourceOptions(verb, DataOrSnapshot);
        return RunsOn(verb, source, output, living, (file, data, session) =>
            Print(file, what, session, progress => isOfUsers
                ? Exporter.WriteAttributes(file, "user", data.Users, data.UserAttributes, progress, session.Cancellation)
                : Exporter.WriteAttributes(file, "item", data.Items, data.ItemAttributes, progress, session.Cancellation)));
    }

    private static CliCommand Vectors()
    {
        var output = Out(".npy, .npz, .safetensors, .csv, .jsonl or .parquet");
        var of = new Option<string>("--of")
        {
            Description = "Whose vectors; both are for .npz and .safetensors.",
            DefaultValueFactory = _ => "items",
        };
        of.AcceptOnlyFromAmong("items", "users", "both");
        var model = ModelOptions.Model("Model to train when data is given. Default: implicit-als.");
        var verb = new CliCommand("vectors", "Write the embeddings of items or users, of a model that embeds.",
            "kindred export vectors models/als --out items.npy",
            "kindred export vectors snapshots --of users --out users.parquet",
            "kindred export vectors snapshots --of both --out factors.npz",
            "kindred export vectors ratings.csv --model bpr:dimensions=32 --out items.csv") { of, model, output };
        var source = new SourceOptions(verb, Trainable);
        return verb.Runs((parse, session) =>
        {
            string file = Checked(parse.GetRequiredValue(output), isMatrix: true), whose = parse.GetRequiredValue(of);
            if (whose == "both" && !FactorFile.HasNames(file))
                throw new InputException($"{file} has room for one matrix; name a .npz or .safetensors file, or --of items or users.");
            using var opened = OpenModel(source, parse, session, parse.GetValue(model), "implicit-als");
            var embedding = IndexOptions.Embedding(opened.Model, opened.Name);
            (Matrix Vectors, Func<int, string> Ids)? items = whose == "users" ? null : (embedding.ItemEmbeddings, embedding.Items.Id);
            (Matrix Vectors, Func<int, string> Ids)? users = whose == "items" ? null : UsersOf(embedding, opened, session);
            var (vectors, ids) = (items ?? users)!.Value;
            Print(file, "vectors", session, progress => FactorFile.HasNames(file)
                ? Exporter.WriteFactors(file, items, users, session.Cancellation)
                : Exporter.WriteVectors(file, vectors, ids, progress, session.Cancellation));
        });
    }

    private static CliCommand Neighbours()
    {
        var output = Out(".csv, .jsonl or .parquet");
        var count = new Option<int>("--count", "-n")
        {
            Description = "Number of similar items for each item.",
            DefaultValueFactory = _ => 20,
            HelpName = "count",
        };
        var model = ModelOptions.Model("Model to train when data is given. Default: item-knn.");
        var verb = new CliCommand("neighbours", "Write the most similar items of every item: item, rank, neighbour and score.",
            "kindred export neighbours models/knn --out similar.csv",
            "kindred export neighbours snapshots --count 50 --out similar.parquet",
            "kindred export neighbours ratings.csv --model implicit-als --out similar.jsonl") { count, model, output };
        var source = new SourceOptions(verb, Trainable);
        return verb.Runs((parse, session) =>
        {
            int most = parse.GetValue(count);
            if (most < 1) throw new InputException($"--count must be at least 1, was {most}.");
            string file = Checked(parse.GetRequiredValue(output));
            using var opened = OpenModel(source, parse, session, parse.GetValue(model), "item-knn");
            var similar = new SimilarItems(opened.Model, opened.Name);
            if (!similar.IsSupported)
                throw new InputException($"{opened.Name} knows no similarity between items; use a model that learns from histories.");
            Print(file, "pairs", session, progress =>
                NeighbourRows.Write(file, opened.Model.Items, similar, most, session.Workers, progress, session.Cancellation));
        });
    }

    private static Option<string> Out(string endings) => new("--out", "-o")
    {
        Description = $"File to write: {endings}; an existing one is replaced.",
        HelpName = "file",
        Required = true,
    };

    private static Option<string?> Living() => new("--data")
    {
        Description = "Living folder to write from instead: all that it keeps, as JSON lines in full; its server may run.",
        HelpName = "folder",
    };

    /// <summary>Exports a living folder where one is named, otherwise the data of a source.</summary>
    private static CliCommand RunsOn(
        CliCommand verb, SourceOptions source, Option<string> output, Option<string?> living,
        Action<string, Interactions, CommandContext> write) =>
        verb.Runs((parse, session) => Export(verb, source, output, living, parse, session, write));

    private static void Export(
        CliCommand verb, SourceOptions source, Option<string> output, Option<string?> living, ParseResult parse, CommandContext session,
        Action<string, Interactions, CommandContext> write)
    {
        string file = Checked(parse.GetRequiredValue(output));
        if (parse.GetValue(living) is { } folder)
        {
            ExportLiving(verb, source, parse, folder, file, session);
            return;
        }
        using var opened = LoadedRecommender.Open(source, null, parse, session);
        write(file, opened.Interactions, session);
    }

    private static void ExportLiving(
        CliCommand verb, SourceOptions source, ParseResult parse, string living, string file, CommandContext session)
    {
        if (source.SourcesIn(parse).Count > 0 || source.GivenIn(parse) is not null)
            throw new InputException("--data names all that is exported; leave out sources and options of sources.");
        Print(file, verb.Name, session, _ => LivingExport.WriteAsync(verb.Name, living, file, session).GetAwaiter().GetResult());
    }

    private static string Checked(string file, bool isMatrix = false)
    {
        if (!(isMatrix && FactorFile.Is(file))) RowFile.CheckName(file);
        OutputPath.CheckFile(file);
        return file;
    }

    /// <summary>The model of a folder, of a snapshot, or trained on data.</summary>
    private static OpenedModel OpenModel(
        SourceOptions source, ParseResult parse, CommandContext session, string? model, string usual)
    {
        if (source.SourcesIn(parse) is [var path] && ModelFolder.Is(path))
        {
            if (model is not null || source.GivenIn(parse) is not null)
                throw new InputException($"{path} is a trained model, so {(model is not null ? "--model" : source.GivenIn(parse))} "
                    + "cannot be used; it is about data.");
            var folder = ModelFolder.Open(path, session.Trainers);
            return new(folder, folder.Model, folder.Manifest.Trainer, folder.Users.Count, folder.Users.Id, user => new(user, default));
        }
        var loaded = LoadedRecommender.Open(source, model, parse, session, ModelSpec.Parse(usual, session.Trainers));
        var data = loaded.Interactions;
        return new(loaded, loaded.Model, loaded.ModelName, data.Users.Count, data.Users.Id, user => Query.Of(data, user));
    }

    /// <returns>The vectors of the users that the model can place, and their ids.</returns>
    private static (Matrix Vectors, Func<int, string> Ids) UsersOf(IEmbeddingModel model, OpenedModel opened, CommandContext session)
    {
        var all = new Matrix(opened.Users, model.ItemEmbeddings.Columns);
        var isKnown = new bool[opened.Users];
        Blocks.ForEach(opened.Users, 256, session.Workers, (first, end) =>
        {
            for (int user = first; user < end; user++) isKnown[user] = model.TryEmbed(opened.QueryOf(user), all.Row(user));
        }, session.Cancellation);
        int[] known = [.. Enumerable.Range(0, opened.Users).Where(user => isKnown[user])];
        if (known.Length == 0)
            throw new InputException($"{opened.Name} embeds a user by their history, which a model folder does not have; "
                + "name a snapshot or data.");
        if (known.Length < opened.Users)
            session.Activity.Note($"{Format.Many(opened.Users - known.Length, "user")} have no vector and are left out.");
        var vectors = new Matrix(known.Length, all.Columns);
        for (int n = 0; n < known.Length; n++) all.Row(known[n]).CopyTo(vectors.Row(n));
        return (vectors, n => opened.UserId(known[n]));
    }

    private static void Print(string file, string what, CommandContext session, Func<IProgress<ImportProgress>, long> write)
    {
        long rows = session.Activity.Run($"Writing {what}", progress => write(progress));
        session.Print(Grid.OfPairs((what, Format.Count(rows)), ("written to", file)));
        session.Print(new JsonResult(new { file, rows }));
    }

    /// <param name="Owner">Closed with it.</param>
    /// <param name="Name">For sentences.</param>
    private sealed record OpenedModel(
        IDisposable Owner, IModel Model, string Name, int Users, Func<int, string> UserId, Func<int, Query> QueryOf) : IDisposable
    {
        public void Dispose() => Owner.Dispose();
    }
}
