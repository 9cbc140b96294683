using Kindred.Benchmarks;

switch (args.FirstOrDefault())
{
    case "kernels": KernelBenchmark.Run(); break;
    case "als": AlsBenchmark.Run(args[1..]); break;
    case "snapshot": SnapshotBenchmark.Run(args[1..]); break;
    default: Console.Error.WriteLine("usage: kernels | als [small|medium|large] [dimensions…] | snapshot"); return 2;
}
return 0;
