using System.CommandLine;
using System.Globalization;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Import;
using Kindred.OffPolicy;
using Kindred.Reports;
using Kindred.Storage;

namespace Kindred.Cli.Commands;

/// <summary>`kindred ope`: what another policy would have earned, from the log of one that chose at random.</summary>
internal static class OpeCommand
{
    private const string Uniform = "uniform";

    public static CliCommand Create()
    {
        var log = new Argument<string?>("log")
        {
            Description = "A row for each item shown: item, reward and propensity. CSV, JSON lines or Parquet.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var living = new LivingLog();
        var policies = new Option<string[]>("--policy")
        {
            Description = "Policy to judge: uniform, a column of the log with its probability of the shown item, or a file "
                + "with a row for each item: item and probability, and the columns of --context. Default: uniform. With --data: a "
                + "snapshot, by its id, its number or its path; default: all that have not learned the answers.",
            HelpName = "uniform, column, file or snapshot",
        };
        var contexts = new Option<string[]>("--context")
        {
            Description = "Column that the policies look at, such as the position.",
            HelpName = "column",
        };
        var item = Column("--item", "Column of the item.");
        var reward = Column("--reward", "Column of the reward: 1 for a click and 0 for none, or an amount.");
        var propensity = Column("--propensity", "Column of the probability with which the item was shown.");
        var user = Column("--user", "Column of the user: intervals are then over users.");
        var list = Column("--list", "Column of the list that items were shown in together: a value is then that of a list.");
        var position = Column("--position", "Column of the position in the list.");
        var cluster = Column("--cluster", "Column with a group of each item, such as its genre: adds the estimator MIPS.");
        var time = Column("--time", "Column of the time.");
        var forms = new CellFormOptions();
        var html = new Option<string?>("--html") { Description = "Write the report as a web page.", HelpName = "file" };
        var report = new Option<string?>("--report") { Description = "Write the report as JSON.", HelpName = "file" };
        var command = new CliCommand("ope", "Estimate from a log what another policy would have earned, or say why the log cannot tell.",
            "kindred ope log.csv --context position",
            "kindred ope log.csv --policy new_model_probability --user user_id",
            "kindred ope log.parquet --policy thompson.csv --context position --html thompson.html",
            "kindred ope --data shop --policy 0007")
        {
            log, policies, contexts, item, reward, propensity, user, list, position, cluster, time, html, report,
        };
        foreach (var option in (Option[])[.. forms.All, .. living.All]) command.Options.Add(option);
        return command.Runs(async (parse, session) =>
        {
            OutputPath.CheckFile(parse.GetValue(html));
            OutputPath.CheckFile(parse.GetValue(report));
            string? path = parse.GetValue(log);
            if (path is null == living.FolderOf(parse) is null)
                throw new InputException("Name a log, or a living folder with --data: one of both.");
            if (living.FolderOf(parse) is { } folder)
            {
                var judged = await living.Judge(parse, parse.GetValue(policies) ?? [], session);
                Print(judged, session);
                Write(folder, judged, parse.GetValue(report), parse.GetValue(html), session);
                return;
            }
            if (Directory.Exists(path))
                throw new InputException($"{path} is a folder; name a file. If a living server keeps its data there, write --data {path}.");
            string[] named = parse.GetValue(policies) is { Length: > 0 } some ? some : [Uniform];
            string[] files = [.. named.Where(File.Exists)];
            var columns = new BanditLogColumns(
                parse.GetValue(item), parse.GetValue(reward), parse.GetValue(propensity), parse.GetValue(user), parse.GetValue(list),
                parse.GetValue(position), parse.GetValue(cluster), parse.GetValue(time))
            {
                Contexts = parse.GetValue(contexts) ?? [],
                Forms = forms.Read(parse),
                Targets = [.. named.Where(name => name != Uniform && !files.Contains(name))],
            };
            var read = session.Activity.Run("Reading the log", _ => BanditLogFile.Read(path!, columns, session.Cancellation));
            OffPolicyReport[] reports =
            [
                .. named.Select(name => session.Activity.Run($"Judging {name}", _ =>
                    OffPolicyEvaluation.Evaluate(read.Log, PolicyOf(name, read, columns, session), session.Cancellation))),
            ];
            if (read.Unused.Count > 0)
                session.Activity.Note($"Columns that are not used: {string.Join(", ", read.Unused.Take(20))}.");
            if (columns.User is null && read.Log.Lists is null)
                session.Activity.Note("Each row counts as independent. Name the column of the user with --user where users "
                    + "have several rows.");
            Print(path!, read, reports[0], session);
            Print(reports, session);
            Write(path!, reports, parse.GetValue(report), parse.GetValue(html), session);
        });
    }

    private static void Write(string log, IReadOnlyList<OffPolicyReport> reports, string? json, string? page, CommandContext session)
    {
        session.Print(new JsonResult(new { log, reports }));
        if (json is not null) OutputPath.WriteText(json, System.Text.Json.JsonSerializer.Serialize(reports, SealedFolder.Json));
        if (page is not null) OutputPath.WriteText(page, OffPolicyPage.Of(log, reports));
    }

    private static Option<string?> Column(string name, string description) => new(name) { Description = description, HelpName = "column" };

    private static TargetPolicy PolicyOf(string name, BanditLogFile read, BanditLogColumns columns, CommandContext session) =>
        name == Uniform ? TargetPolicy.Uniform(read.Log)
        : read.Targets.FirstOrDefault(policy => policy.Name == name)
            ?? BanditLogFile.ReadPolicy(name, read.Log, columns, session.Cancellation);

    private static void Print(string path, BanditLogFile read, OffPolicyReport first, CommandContext session)
    {
        session.Print(new Heading(Path.GetFileName(path)));
        session.Print(Grid.OfPairs(
        [
            ("decisions", Format.Count(read.Log.Count)), ("items", Format.Count(read.Log.Items.Count)),
            .. read.Log.Contexts.Count > 1 ? [("contexts", Format.Count(read.Log.Contexts.Count))] : Array.Empty<(string, string)>(),
            ("columns", string.Join(", ", read.Understood.Select(pair => $"{pair.Role}: {pair.Column}"))),
            ("logging policy", $"{Interval(first.Logged)} a {first.Unit}"),
        ]));
    }

    private static void Print(IReadOnlyList<OffPolicyReport> reports, CommandContext session)
    {
        foreach (var report in reports)
        {
            session.Print(new Heading(report.Policy));
            session.Print(new Paragraph(report.Verdict));
            if (report.IsAnswerable)
            {
                session.Print(new Grid(
                    [new("estimator"), new("value [95 % CI]", IsNumber: true), new("difference [95 % CI]", IsNumber: true),
                        new("λ", IsNumber: true)],
                    [.. report.Estimates.Select(Row)]));
            }
            var seen = report.Diagnostics;
            session.Print(Grid.OfPairs(
                ("effective sample size", Number(seen.EffectiveSampleSize)),
                ("mean weight", $"{Number(seen.MeanWeight)} [{Number(seen.MeanWeightLow)}, {Number(seen.MeanWeightHigh)}]"),
                ("largest weight", Number(seen.LargestWeight)),
                ("largest share of one decision", Format.Percent(seen.LargestShare)),
                ("shown by the policy, hardly by the log", seen.UnsupportedMass is { } mass ? Format.Percent(mass) : "unknown"),
                ("propensities agree with frequencies", seen.CalibrationPValue is { } p ? $"p = {Number(p)}"
                    : "cannot be said: they change, or items are rare")));
            if (seen.Contexts is [var weakest, ..])
                session.Print(new Paragraph($"The log says least of context {weakest.Context}: "
                    + $"{Number(weakest.EffectiveSampleSize)} effective of {Format.Count(weakest.Decisions)} decisions."));
            foreach (string warning in seen.Warnings) session.Activity.Note(warning);
        }
    }

    private static string[] Row(OffPolicyEstimate estimate) =>
    [
        estimate.Estimator, Interval(estimate),
        estimate.Difference is { } difference
            ? $"{Signed(difference)} [{Signed(estimate.DifferenceLow!.Value)}, {Signed(estimate.DifferenceHigh!.Value)}]" : "",
        estimate.Lambda is { } lambda ? double.IsInfinity(lambda) ? "∞" : Number(lambda) : "",
    ];

    private static string Interval(OffPolicyEstimate estimate) =>
        $"{Number(estimate.Value)} [{Number(estimate.Low)}, {Number(estimate.High)}]";

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 1000 ? "N0" : "G4", CultureInfo.InvariantCulture);

    private static string Signed(double value) => (value < 0 ? "" : "+") + Number(value);
}
