using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Import;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Assignment;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Reports;
using Kindred.Storage;

namespace Kindred.Cli.Commands;

/// <summary>`kindred experiment`: plans online experiments and reads them, wherever they run.</summary>
internal sealed class ExperimentCommand
{
    private readonly Option<string?> _settings = new("--settings")
    {
        Description = "The experiment as JSON: name, arms, metrics, design. Other options change it.",
        HelpName = "file",
    };

    private readonly Option<string[]> _goals = Metric("--goal", "Metric that decides; repeatable.");
    private readonly Option<string[]> _guardrails = Metric("--guardrail",
        "Metric that must not get worse by more than its margin; repeatable.");
    private readonly Option<string[]> _secondary = Metric("--also", "Metric to show; repeatable.");

    private readonly Option<string?> _control = Named<string?>("--control", "arm", "The arm to compare with.");

    private readonly Option<string?> _weights =
        Named<string?>("--weights", "list", "What the arms should get: control=1,new=3. Default: the same.");

    private readonly Option<string?> _design = Named<string?>("--design", "name",
        "When results may be looked at: always-valid, fixed-horizon or group-sequential. [default: always-valid]");

    private readonly Option<int?> _days = Named<int?>("--days", "count", "Planned length: whole weeks, 14 to 28. [default: 14]");
    private readonly Option<int?> _looks = Named<int?>("--looks", "count", "Looks of a group-sequential design. [default: 5]");
    private readonly Option<double?> _alpha = Named<double?>("--alpha", "share", "Chance of a false alarm. [default: .05]");
    private readonly Option<double?> _power = Named<double?>("--power", "share", "Chance to find a change of the margin. [default: .8]");

    private readonly Option<long?> _units = Named<long?>("--planned-units", "count",
        "Units of all arms at the end, as planned: always-valid intervals are tightest there. [default: 5000]");

    private readonly Option<bool> _plain = new("--no-cuped")
    {
        Description = "Do not adjust by what units did before their first exposure.",
    };

    private readonly Option<string[]> _segments = new("--segment")
    {
        Description = "Break results down by this column of the exposures; repeatable.",
        HelpName = "column",
    };

    private readonly Option<string?> _stratum = Named<string?>("--stratify", "column",
        "Compare arms within the values of this column of the exposures, such as the country: less noise where they differ.");

    private readonly Option<string?> _experiment = Named<string?>("--experiment", "name",
        "The experiment whose exposures count, where the file holds those of several.");

    private readonly Option<string?> _user = Named<string?>("--user", "column", "Column of the user or session, in both files.");
    private readonly Option<string?> _arm = Named<string?>("--arm", "column", "Column of the arm.");
    private readonly Option<string?> _time = Named<string?>("--time", "column", "Column of the time, in both files.");
    private readonly Option<string?> _event = Named<string?>("--event", "column", "Column of the event's name, of rows of events.");
    private readonly Option<string?> _value = Named<string?>("--value", "column", "Column of the event's value, of rows of events.");
    private readonly CellFormOptions _forms = new();

    private readonly Option<string?> _html = new("--html") { Description = "Write the report as a web page.", HelpName = "file" };

    /// <summary>A misspelled setting is no default.</summary>
    private static readonly JsonSerializerOptions Strict = new(SealedFolder.Json)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private IEnumerable<Option> Shared =>
        [_settings, _goals, _guardrails, _secondary, _design, _days, _looks, _alpha, _power, _units, _plain];

    public static Command Create() =>
        new CliCommand("experiment", "Plan online experiments, and read them: A/B tests of whatever is live, wherever it runs.",
            "kindred experiment plan history.csv --goal clicks,margin=.02",
            "kindred experiment analyze exposures.csv metrics.csv --goal ctr=clicks/views --guardrail latency,better=lower,margin=.05")
        {
            new ExperimentCommand().CreateAnalyze(), new ExperimentCommand().CreatePlan(), LiveExperimentCommands.CreateCreate(),
            LiveExperimentCommands.CreateStart(), LiveExperimentCommands.CreateStatus(), LiveExperimentCommands.CreateReport(),
            LiveExperimentCommands.CreateStop(),
        };

    private CliCommand CreateAnalyze()
    {
        var exposures = new Argument<string>("exposures")
        {
            Description = "File with a row for each exposure: user, arm, and time if known.",
        };
        var metrics = new Argument<string>("metrics")
        {
            Description = "File of what users did: rows of user, time, event, value; or a column for each metric.",
        };
        var verb = new CliCommand("analyze", "Say whether an experiment works, what it shows, and what to do.",
            "kindred experiment analyze exposures.csv metrics.csv",
            "kindred experiment analyze exposures.csv metrics.parquet --settings ranker.json --html ranker.html",
            "kindred experiment analyze exposures.csv events.csv --goal conversion=purchase,kind=proportion,margin=.02 --segment country")
        { exposures, metrics };
        foreach (var option in (Option[])[.. Shared, _control, _weights, _segments, _stratum, _experiment, _arm, .. Columns, _html])
            verb.Options.Add(option);
        verb.Notes = [$"A metric is {MetricText.Form} Without metrics, all that the file has are goals."];
        return verb.Runs((parse, session) =>
        {
            OutputPath.CheckFile(parse.GetValue(_html));
            foreach (string path in (string[])[parse.GetRequiredValue(exposures), parse.GetRequiredValue(metrics)])
                if (Directory.Exists(path))
                    throw new InputException($"{path} is a folder; name a file. If a living server keeps its data there, read an "
                        + $"experiment with kindred experiment report NAME --data {path}.");
            var asked = Read(parse, "experiment");
            var (experiment, data) = session.Activity.Run("Reading", _ => ExperimentFiles.Read(
                parse.GetRequiredValue(exposures), parse.GetRequiredValue(metrics), asked, ColumnsOf(parse) with
                {
                    Arm = parse.GetValue(_arm),
                    Segments = parse.GetValue(_segments) ?? [],
                    Stratum = parse.GetValue(_stratum),
                    Experiment = parse.GetValue(_experiment),
                }, session.Cancellation));
            data.IsLengthAssumed = parse.GetValue(_days) is null && parse.GetValue(_settings) is null;
            var report = ExperimentAnalysis.Read(experiment, data, DateTimeOffset.UtcNow) with { Command = CommandText.Text };
            if (parse.GetValue(_html) is { } html) OutputPath.WriteText(html, OnlineExperimentPage.Of(report));
            session.Print(ExperimentView.Of(report));
            session.Print(new JsonResult(report));
        });
    }

    private CliCommand CreatePlan()
    {
        var history = new Argument<string?>("history")
        {
            Description = "File of what users did before: rows of user, time, event, value; or user, time and a column for each metric.",
            DefaultValueFactory = _ => null,
        };
        var data = Named<string?>("--data", "folder", "Living folder whose events are the history, instead of a file.");
        var verb = new CliCommand("plan", "Say how many weeks an experiment needs, from a history without one.",
            "kindred experiment plan events.csv --goal clicks,margin=.02",
            "kindred experiment plan events.csv --goal ctr=clicks/views --guardrail revenue,margin=.05 --design fixed-horizon --traffic .5",
            "kindred experiment plan --data shop --goal clicks=click,margin=.02")
        { history, data };
        var traffic = Named<double?>("--traffic", "share", "Part of all users that takes part. [default: 1]");
        foreach (var option in (Option[])[.. Shared, traffic, .. Columns]) verb.Options.Add(option);
        verb.Notes = [$"A metric is {MetricText.Form}"];
        return verb.Runs(async (parse, session) =>
        {
            var experiment = Read(parse, "plan");
            if (experiment.Metrics.Count == 0) throw new InputException("Name what the experiment is to find, with --goal.");
            if (experiment.Arms.Count == 0) experiment = experiment with { Arms = new OnlineExperiment { Name = "plan" }.Arms };
            if (parse.GetValue(traffic) is { } share) experiment = experiment with { Traffic = share };
            experiment.Check();
            var (file, folder) = (parse.GetValue(history), parse.GetValue(data));
            if ((file is null) == (folder is null))
                throw new InputException("Name one history: a file, or a living folder with --data.");
            var histories = new Dictionary<int, ExperimentData>();
            for (int weeks = ExperimentPlan.FewestWeeks; weeks <= ExperimentPlan.MostWeeks; weeks++)
                histories.Add(weeks, folder is not null
                    ? await LiveExperimentCommands.ReadHistory(folder, experiment, 7 * weeks, session.Cancellation)
                    : session.Activity.Run($"Reading {weeks} weeks", _ => ExperimentFiles.ReadHistory(
                        file!, experiment, ColumnsOf(parse), 7 * weeks, session.Cancellation).Data));
            var plan = ExperimentPlan.Of(experiment, histories);
            session.Print(ExperimentView.Of(plan));
            session.Print(new JsonResult(plan));
        });
    }

    private IEnumerable<Option> Columns => [_user, _time, _event, _value, .. _forms.All];

    private ExperimentColumns ColumnsOf(ParseResult parse) => new(
        parse.GetValue(_user), null, parse.GetValue(_time), parse.GetValue(_event), parse.GetValue(_value))
    { Forms = _forms.Read(parse) };

    /// <returns>What the options say; without arms, where none are named.</returns>
    private OnlineExperiment Read(ParseResult parse, string name)
    {
        var experiment = parse.GetValue(_settings) is { } file ? FromFile(file) : new OnlineExperiment { Name = name, Arms = [] };
        OnlineMetric[] metrics =
        [
            .. Named(parse, _goals, OnlineMetricRole.Goal), .. Named(parse, _guardrails, OnlineMetricRole.Guardrail),
            .. Named(parse, _secondary, OnlineMetricRole.Secondary),
        ];
        if (metrics.Length > 0) experiment = experiment with { Metrics = metrics };
        var design = experiment.Design;
        experiment = experiment with
        {
            Design = design with
            {
                Kind = parse.GetValue(_design) is { } kind ? KindOf(kind) : design.Kind,
                Days = parse.GetValue(_days) ?? design.Days,
                Looks = parse.GetValue(_looks) ?? design.Looks,
                Alpha = parse.GetValue(_alpha) ?? design.Alpha,
                Power = parse.GetValue(_power) ?? design.Power,
                PlannedUnits = parse.GetValue(_units) ?? design.PlannedUnits,
                UsesBefore = design.UsesBefore && !parse.GetValue(_plain),
            },
        };
        OptionCheck.Check(experiment.Design);
        return WithArms(experiment, parse);
    }

    private OnlineExperiment WithArms(OnlineExperiment experiment, ParseResult parse)
    {
        // of the verb that has them
        if (parse.GetResult(_weights) is not null && parse.GetValue(_weights) is { } weights)
        {
            experiment = experiment with
            {
                Arms = [.. weights.Split(',', StringSplitOptions.TrimEntries).Select(part =>
                {
                    int at = part.LastIndexOf('=');
                    return at > 0 && double.TryParse(part[(at + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
                        ? new ExperimentArm(part[..at].Trim()) { Weight = weight }
                        : throw new InputException($"'{part}' in --weights is no weight; write arm=number,arm=number.");
                })],
            };
        }
        if (parse.GetResult(_control) is null || parse.GetValue(_control) is not { } control) return experiment;
        return experiment with
        {
            Arms =
            [
                experiment.Arms.FirstOrDefault(arm => arm.Name == control) ?? new(control),
                .. experiment.Arms.Where(arm => arm.Name != control),
            ],
        };
    }

    private static OnlineExperiment FromFile(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<OnlineExperiment>(TextFile.Read(file), Strict)
                ?? throw new InputException($"{file} holds no experiment.");
        }
        catch (JsonException error)
        {
            throw new InputException($"{file} cannot be read at {PlainText.Shorten(error.Path ?? "$")}, line {error.LineNumber + 1}: "
                + $"{JsonProblem.Of(error, Strict.GetTypeInfo(typeof(OnlineExperiment)))}.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file} cannot be read: {error.Message}", error);
        }
    }

    private static IEnumerable<OnlineMetric> Named(ParseResult parse, Option<string[]> option, OnlineMetricRole role) =>
        (parse.GetValue(option) ?? []).Select(text => MetricText.Parse(text, role));

    private static DesignKind KindOf(string name) => name switch
    {
        "always-valid" => DesignKind.AlwaysValid,
        "fixed-horizon" => DesignKind.FixedHorizon,
        "group-sequential" => DesignKind.GroupSequential,
        _ => throw new InputException($"--design must be one of always-valid, fixed-horizon, group-sequential, was '{name}'."),
    };

    private static Option<T> Named<T>(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value };

    private static Option<string[]> Metric(string name, string description) => new(name) { Description = description, HelpName = "metric" };
}
