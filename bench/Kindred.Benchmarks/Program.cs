using Kindred.Benchmarks;

switch (args)
{
    case ["snapshot", .. var rest]:
        SnapshotBenchmark.Run(rest);
        return 0;
    default:
        Console.Error.WriteLine("Say what to measure: snapshot.");
        return 2;
}
