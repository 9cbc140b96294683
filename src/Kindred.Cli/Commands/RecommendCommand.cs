using System.CommandLine;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Cluster;
using Kindred.Data;
using Kindred.Models;

namespace Kindred.Cli.Commands;

/// <summary>`kindred recommend`: items for a user, and why.</summary>
internal static class RecommendCommand
{
    private const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    public static Command Create()
    {
        var user = new Option<string?>("--user", "-u")
        {
            Description = "User to recommend to; an unknown user gets popular items.",
            HelpName = "id",
        };
        var history = new Option<string[]>("--history")
        {
            Description = "What the user had, oldest first; follows a known user's stored history.",
            HelpName = "id,id",
        };
        var count = new Option<int>(
            "--count", "-n")
        { Description = "Number of items.", DefaultValueFactory = _ => 10, HelpName = "count" };
        var model = ModelOptions.Models("Model to train when a source is given. Default: item-knn. With --all or --users repeatable.");
        var all = new Option<bool>("--all") { Description = "Recommend to every user of the data, into a file: --out." };
        var users = new Option<string?>("--users")
        {
            Description = "Recommend to these users, into a file: a file with one user id per line, or a folder of partitions.",
            HelpName = "file|folder",
        };
        var output = new Option<string?>("--out", "-o")
        {
            Description = "With --all or --users: file to write, .csv, .jsonl or .parquet.",
            HelpName = "file",
        };
        var repeats = ModelOptions.AllowRepeats("Recommend");
        var cluster = ClusterCommand.Address(isRequired: false);
        var explain = new Option<bool>("--explain") { Description = "Explain the path of each item through the pipeline." };
        var whyNot = new Option<string[]>("--why-not") { Description = "Explain why these items are not in the list.", HelpName = "id" };
        var verb = new CliCommand("recommend", "Recommend items to a user, and say why.",
            "kindred recommend snapshots --user 42",
            "kindred recommend ratings.csv --user 42 --model implicit-als --count 5",
            "kindred recommend snapshots --history 318,296,50",
            "kindred recommend snapshots --user 42 --where 'genres=Comedy|Drama' --where 'year>=1990'",
            "kindred recommend snapshots --user 42 --explain --why-not 318",
            "kindred recommend snapshots --all --out lists.parquet",
            "kindred recommend snapshots --users /shared/shop --cluster redis://cache:6379 --out /shared/lists.parquet",
            "kindred recommend ratings.csv --users vips.txt --model item-knn --model implicit-als --out lists.csv")
        {
            user, history, all, users, cluster, output, count, model, repeats, explain, whyNot,
        };
        var filter = new FilterOptions(verb);
        var source = new SourceOptions(
            verb, "A snapshot or a folder of snapshots; or data, raw or imported, to train on for this one time.");
        return verb.Runs(async (parse, session) =>
        {
            if (parse.GetValue(count) < 1) throw new InputException($"--count must be at least 1, was {parse.GetValue(count)}.");
            string[] models = parse.GetValue(model) ?? [];
            if (parse.GetValue(all) || parse.GetValue(users) is not null)
            {
                Option[] ofOne = [user, history, explain, whyNot];
                if (ofOne.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } option)
                    throw new InputException($"{option.Name} is about one user; leave it out, or --all and --users.");
                if (parse.GetValue(all) && parse.GetValue(users) is not null)
                    throw new InputException("--all is every user, --users some; give one of them.");
                var batch = new BatchRecommendation(
                    parse.GetValue(users),
                    parse.GetValue(output) ?? throw new InputException("Name the file for the lists: --out lists.csv."),
                    parse.GetValue(cluster) is { } silos ? ClusterAddress.Parse(silos) : null, session);
                batch.Check();
                ModelOptions.CheckDistinct(models, session.Trainers);
                using var loaded = LoadedRecommender.Open(
                    source, models.FirstOrDefault(), parse, session, allowRepeats: parse.GetValue(repeats));
                await batch.RunAsync([loaded, .. models.Skip(1).Select(name => loaded.Other(name, session))],
                    filter.Limit(new() { Count = parse.GetValue(count) }, parse, loaded, session));
                return;
            }
            if (parse.GetValue(user) is null && parse.GetResult(history) is null)
                throw new InputException(
                    "Name who is recommended to: --user ID, --history id,id, or both; --all or --users FILE for many.");
            if (parse.GetValue(output) is not null) throw new InputException("--out goes with --all or --users.");
            if (parse.GetValue(cluster) is not null) throw new InputException("--cluster goes with --users and a folder of partitions.");
            if (models.Length > 1) throw new InputException("Several models go with --all or --users; name one.");
            using var adviser = LoadedRecommender.Open(
                source, models.FirstOrDefault(), parse, session, allowRepeats: parse.GetValue(repeats));
            string[] missing = parse.GetValue(whyNot) ?? [];
            RequestLimits.Check("--why-not", "items", missing.Length, RequestLimits.ExplainedItems);
            bool isExplained = parse.GetValue(explain) || parse.GetResult(whyNot) is not null;
            var request = filter.Limit(new()
            {
                UserId = parse.GetValue(user),
                History = [.. HistoryOf(parse.GetValue(history) ?? [], adviser.Interactions.Items)],
                Count = parse.GetValue(count),
                Because = !isExplained,
                Explain = isExplained,
                WhyNot = isExplained ? missing : null,
            }, parse, adviser, session);
            var answer = adviser.Recommender.Recommend(request, session.Cancellation);
            if (isExplained) ExplainView.Print(adviser, answer, session);
            else Print(adviser, request, answer, session);
        });
    }

    private static IEnumerable<HistoryEvent> HistoryOf(string[] given, Vocabulary items) =>
        from ids in given
        from id in items.TryGetIndex(ids, out _) ? [ids] : ids.Split(',', Trimmed) // an id may have a comma in it
        select new HistoryEvent(id);

    private static void Print(LoadedRecommender adviser, RecommendRequest request, Recommendation answer, CommandContext session)
    {
        var list = new ItemList(adviser.Interactions.Items, adviser.Catalog);
        bool isPersonal = !adviser.IsSameForEveryone && answer.Items.Any(item => item.Source != ModelSpec.Popularity.Name);
        session.Print(new Heading(request.UserId is { } user ? $"For user {user}" : "For this history"));
        if (answer.UnknownItems.Count > 0)
            session.Print(new Paragraph($"Not in the data, so excluded from the history: {string.Join(", ", answer.UnknownItems)}."));
        if (CaveatOf(adviser, request, answer, isPersonal) is { } caveat) session.Print(new Paragraph(caveat));
        session.Print(
            answer.Items.Count == 0 && answer.Reason == "nothing passes the filter"
                ? new Paragraph("Nothing passes the filter.")
                : list.ToGrid(answer.Items));
        session.Print(new Paragraph($"By {adviser.Name}."));
        session.Print(new JsonResult(new
        {
            user = request.UserId,
            answer.IsKnownUser,
            answer.UnknownItems,
            model = adviser.Name,
            isPersonal,
            items = list.ToJson(answer.Items),
        }));
    }

    /// <summary>What the list is where it is not what the model says of a user: by the sources of its items.</summary>
    private static string? CaveatOf(LoadedRecommender adviser, RecommendRequest request, Recommendation answer, bool isPersonal)
    {
        bool isNobody = !answer.IsKnownUser && request.History.DistinctBy(past => past.ItemId).Count() == answer.UnknownItems.Count;
        string[] sources = [.. answer.Items.Select(item => item.Source).Distinct()];
        string list = sources is [] ? answer.Reason == "nothing passes the filter" ? answer.Reason : "nothing is left to recommend"
            : adviser.IsSameForEveryone || sources is [var only] && only == ModelSpec.Popularity.Name
                ? "this is what is popular with everyone"
            : $"these are items from {string.Join(" and ", sources)}";
        return isNobody
            ? $"{(request.UserId is { } user ? $"User {user} is not" : "Nothing of the history is")} in the data: {list}."
            : sources is [] ? (answer.Reason == Recommendation.NothingLeft ? "Nothing is left to recommend." : null)
            : adviser.IsSameForEveryone ? "The model is popularity: the same for everyone, without what they had."
            : isPersonal ? null
            : $"The model has nothing to say about this history: {list}.";
    }
}
