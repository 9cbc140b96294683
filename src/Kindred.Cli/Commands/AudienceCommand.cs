using System.CommandLine;
using System.Globalization;
using System.Text;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Data;
using Kindred.Models;
using Kindred.Retrieval;

namespace Kindred.Cli.Commands;

/// <summary>`kindred audience`: the users an item suits best, or those most like some users.</summary>
internal static class AudienceCommand
{
    private const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    public static Command Create()
    {
        var item = new Option<string?>("--item", "-i")
        {
            Description = "Find users for this item; users who have it are excluded.",
            HelpName = "id",
        };
        var seeds = new Option<string[]>("--seeds")
        {
            Description = "Find users similar to these: ids, or a file with one id per line. The users themselves are excluded.",
            HelpName = "id,id or file",
        };
        var size = new Option<int>("--size", "-n") { Description = "Number of users.", DefaultValueFactory = _ => 100, HelpName = "count" };
        var threshold = new Option<float?>("--threshold")
        {
            Description = "Minimum score: the model's for an item, the cosine for seeds.",
            HelpName = "number",
        };
        var output = new Option<string?>("--out", "-o")
        {
            Description = "Write the users to a CSV file, best first.",
            HelpName = "file.csv",
        };
        var model = ModelOptions.Model("Model to train when a source is given. Default: implicit-als.");
        var verb = new CliCommand("audience", "Find the users an item suits best, or those most like some users.",
            "kindred audience snapshots --item 1219 --size 1000 --out audience.csv",
            "kindred audience snapshots --seeds 42,99 --size 50 --threshold 0.5",
            "kindred audience ratings.csv --seeds buyers.txt --model bpr") { item, seeds, size, threshold, output, model };
        var source = new SourceOptions(
            verb, "A snapshot or a folder of snapshots; or data, raw or imported, to train on for this one time.");
        return verb.Runs((parse, session) =>
        {
            var (itemId, given) = (parse.GetValue(item), parse.GetValue(seeds) ?? []);
            if (itemId is null == given.Length is 0) throw new InputException("Name an item or seeds: either --item ID or --seeds id,id.");
            if (parse.GetValue(size) < 1) throw new InputException($"--size must be at least 1, was {parse.GetValue(size)}.");
            if (parse.GetValue(threshold) is float.NaN) throw new InputException("--threshold must be a number.");
            OutputPath.CheckFile(parse.GetValue(output));
            using var adviser = LoadedRecommender.Open(
                source, parse.GetValue(model), parse, session, ModelSpec.Parse("implicit-als", session.Trainers));
            var request = new Request(adviser, parse.GetValue(size), parse.GetValue(threshold) ?? float.NegativeInfinity, session);
            var (heading, users) = itemId is null ? request.LikeSeeds(given) : request.ForItem(itemId);
            Print(heading, users, adviser, parse.GetValue(output), session);
        });
    }

    private static void Print(
        string heading, IReadOnlyList<AudienceMember> users, LoadedRecommender adviser, string? file, CommandContext session)
    {
        var ids = adviser.Interactions.Users;
        session.Print(new Heading(heading));
        if (file is not null)
        {
            OutputPath.WriteText(file, CsvOf(users, ids));
            session.Print(Grid.OfPairs(
                ("users", Format.Count(users.Count)),
                ("scores", users.Count == 0 ? "none" : $"{Format.Score(users[0].Score)} to {Format.Score(users[^1].Score)}"),
                ("written to", file)));
        }
        else
        {
            session.Print(users.Count == 0
                ? new Paragraph("No users: the model knows too little about the item or the seeds, or all scores are below the threshold.")
                : new Grid(
                    [new("rank", IsNumber: true), new("user"), new("score", IsNumber: true), new("events", IsNumber: true)],
                    [.. users.Select((member, n) => new[]
                    {
                        $"{n + 1}", ids.Id(member.User), Format.Score(member.Score),
                        Format.Count(adviser.Interactions.Histories.ItemsOf(member.User).Length),
                    })]));
        }
        session.Print(new Paragraph($"By {adviser.Name}."));
        session.Print(new JsonResult(new
        {
            model = adviser.Name,
            file,
            size = users.Count,
            users = file is null ? users.Select(member => new { userId = ids.Id(member.User), member.Score }) : null,
        }));
    }

    private static string CsvOf(IReadOnlyList<AudienceMember> users, Vocabulary ids)
    {
        var csv = new StringBuilder("userId,score\n");
        foreach (var (user, score) in users) csv.Append(CultureInfo.InvariantCulture, $"{Quoted(ids.Id(user))},{score}\n");
        return csv.ToString();
    }

    private static string Quoted(string id) => id.AsSpan().ContainsAny(",\"\r\n") ? $"\"{id.Replace("\"", "\"\"")}\"" : id;

    private sealed record Request(LoadedRecommender Adviser, int Size, float Threshold, CommandContext Session)
    {
        public (string Heading, IReadOnlyList<AudienceMember> Users) ForItem(string id)
        {
            if (!Adviser.Interactions.Items.TryGetIndex(id, out int item))
                throw new InputException(UnknownItem.Sentence(id, Adviser.Name));
            string title = new ItemList(Adviser.Interactions.Items, Adviser.Catalog).TitleOf(item);
            return ($"The audience of {title}", Open().OfItem(item, Size, Threshold));
        }

        public (string Heading, IReadOnlyList<AudienceMember> Users) LikeSeeds(string[] given)
        {
            var users = Adviser.Interactions.Users;
            string[] ids = given is [var file] && File.Exists(file)
                ? [.. File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)]
                : [.. given.SelectMany(text => users.TryGetIndex(text, out _) ? [text] : text.Split(',', Trimmed))];
            var (seeds, unknown) = (new List<int>(), new List<string>());
            foreach (string id in ids.Distinct())
            {
                if (users.TryGetIndex(id, out int user)) seeds.Add(user);
                else unknown.Add(id);
            }
            if (seeds.Count == 0)
                throw new InputException(
                    $"None of the seeds is a user in the data of {Adviser.Name}; {(unknown.Count == 0 ? "there are none" : $"the first " +
                    $"is '{unknown[0]}'")}.");
            if (unknown.Count > 0)
                Session.Activity.Note($"{Format.Many(unknown.Count, "seed")} not in the data, so " +
                    $"excluded: {string.Join(", ", unknown.Take(10))}{(unknown.Count > 10 ? ", …" : "")}.");
            return ($"Like {Format.Many(seeds.Count, "user")}", Open().OfUsers([.. seeds], Size, Threshold));
        }

        private Audience Open()
        {
            var model = IndexOptions.Embedding(Adviser.Model, Adviser.Name);
            return Session.Activity.Run("Embedding the users", _ => new Audience(
                model, Adviser.Interactions, new()
                {
                    Seed = Session.Seed,
                    Workers = Session.Workers,
                    Cancellation = Session.Cancellation,
                }));
        }
    }
}
