using Kindred.Benchmarks;

switch (args.FirstOrDefault())
{
    case "kernels": KernelBenchmark.Run(); break;
    case "snapshot": SnapshotBenchmark.Run(args[1..]); break;
    default: Console.Error.WriteLine("usage: kernels | snapshot"); return 2;
}
return 0;
