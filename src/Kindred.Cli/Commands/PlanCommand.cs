using System.CommandLine;
using System.Globalization;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Cluster;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Partitions;

namespace Kindred.Cli.Commands;

/// <summary>`kindred plan`: what a training on several machines needs.</summary>
internal static class PlanCommand
{
    private const double Mega = 1e6;

    public static Command Create()
    {
        var users = Number("--users", "Users, such as 100M.");
        var items = Number("--items", "Items, such as 1M.");
        var events = Number("--events", "Events, such as 10G.");
        var dimensions = Whole("--dimensions", "Length of an embedding.", 64);
        var silos = Whole("--silos", "Machines.", 1);
        var cores = Whole("--cores", "Threads of each machine.", 8);
        var bandwidth = new Option<double>("--bandwidth")
        {
            Description = "Megabytes a second between machines.",
            DefaultValueFactory = _ => 600,
            HelpName = "MB/s",
        };
        return new CliCommand("plan", "Say what training on several machines takes: memory, network, time.",
            "kindred plan --users 100M --items 1M --events 10G --dimensions 128 --silos 16")
        {
            users, items, events, dimensions, silos, cores, bandwidth,
        }
            .Runs((parse, session) =>
            {
                long count = Parsed("--items", parse.GetRequiredValue(items));
                if (count > int.MaxValue) throw new InputException($"--items must be at most {int.MaxValue}, was {count}.");
                int machines = parse.GetValue(silos);
                var size = new ClusterSize(Parsed("--users", parse.GetRequiredValue(users)), (int)count,
                    Parsed("--events", parse.GetRequiredValue(events)), machines, parse.GetValue(cores),
                    Math.Min(PartitionedFolder.Most, Math.Max(64, 4 * machines)));
                var rows = new List<string[]>();
                var plans = new List<object>();
                void Add(string name, ClusterPlan plan)
                {
                    rows.Add([name, Bytes(plan.SiloBytes), Bytes(plan.SentBytes), Seconds(plan.ComputeSeconds),
                        Seconds(plan.NetworkSeconds), Seconds(plan.Seconds)]);
                    plans.Add(new { solver = name, plan });
                }
                foreach (var solver in Enum.GetValues<AlsSolver>())
                {
                    var options = new ImplicitAls { Dimensions = parse.GetValue(dimensions), Solver = solver };
                    var costs = session.Activity.Run($"Measuring {Name(solver)}", _ => ClusterCosts.Measure(options, session.Cancellation));
                    Add(Name(solver), ClusterPlan.Of(size, options, costs, parse.GetValue(bandwidth) * Mega));
                }
                int d = parse.GetValue(dimensions);
                foreach (SgdTrainer trainer in (SgdTrainer[])[new Bpr { Dimensions = d }, new Warp { Dimensions = d },
                    new LogisticMf { Dimensions = d }, new SampledSoftmax { Dimensions = d }])
                {
                    string name = trainer.Summary.Name;
                    double perPair = session.Activity.Run($"Measuring {name}", _ => ClusterCosts.PerPair(trainer, session.Cancellation));
                    Add(name, ClusterPlan.Of(size, trainer, perPair, parse.GetValue(bandwidth) * Mega));
                }
                session.Print(Grid.OfPairs(
                    ("events", $"{Format.Count(size.Events)} of {Format.Count(size.Users)} users on {Format.Count(size.Items)} items, in "
                        + $"{size.Partitions} partitions"),
                    ("machines", $"{Format.Many(machines, "silo")} of {Format.Many(size.Threads, "thread")}")));
                session.Print(new Grid(
                    [new("solver"), new("memory a silo", IsNumber: true), new("sent a silo and epoch", IsNumber: true),
                        new("computing", IsNumber: true), new("network", IsNumber: true), new("epoch", IsNumber: true)], rows));
                session.Print(new Paragraph(
                    "Computing is measured on one thread of this machine just now; docs/scale.md compares plans with trainings."));
                session.Print(new JsonResult(new { size, plans }));
            });
    }

    private static Option<int> Whole(string name, string description, int otherwise) =>
        new(name) { Description = description, DefaultValueFactory = _ => otherwise, HelpName = "count" };

    private static Option<string> Number(string name, string description) =>
        new(name) { Description = description, HelpName = "count", Required = true };

    private static long Parsed(string option, string text)
    {
        char last = text.Length == 0 ? ' ' : char.ToUpperInvariant(text[^1]);
        double unit = last switch { 'K' => 1e3, 'M' => 1e6, 'G' or 'B' => 1e9, 'T' => 1e12, _ => 1 };
        string digits = unit > 1 ? text[..^1] : text;
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number * unit is >= 1 and < 1e15 ? (long)Math.Round(number * unit)
            : throw new InputException($"{option} must be a number such as 250000, 10M or 1.5G, was '{text}'.");
    }

    private static string Name(AlsSolver solver) => char.ToLowerInvariant($"{solver}"[0]) + $"{solver}"[1..];

    private static string Bytes(long bytes) => bytes >= 1e9 ? $"{bytes / 1e9:N1} GB" : $"{bytes / Mega:N1} MB";

    private static string Seconds(double seconds) => seconds switch
    {
        >= 3600 => $"{seconds / 3600:N1} h",
        >= 60 => $"{seconds / 60:N1} min",
        _ => $"{seconds:N1} s",
    };
}
