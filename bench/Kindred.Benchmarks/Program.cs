using Kindred.Benchmarks;

switch (args)
{
    case ["kernels"]:
        KernelBenchmark.Run();
        return 0;
    case ["snapshot", .. var rest]:
        SnapshotBenchmark.Run(rest);
        return 0;
    default:
        Console.Error.WriteLine("Say what to measure: kernels, snapshot.");
        return 2;
}
