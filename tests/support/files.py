"""Files as other programs export them, with the columns that their sources write."""

SPLITWISE = """\
Date,Description,Category,Cost,Currency,Anna,Bert M.,Carla

2026-01-03,"Dinner, with wine",Dining out,30.00,EUR,20.00,-10.00,-10.00
2026-01-04,Boat,Transportation,100.00,EUR,-20.00,60.00,-40.00
2026-01-05,Bert M. paid Anna,Payment,10.00,EUR,-10.00,10.00,0.00
2026-01-06,Settle all balances,Payment,0.00,EUR,0.00,0.00,0.00

2026-02-01,Total balance, , ,EUR,-10.00,60.00,-50.00
"""
"""Splitwise's "Export as spreadsheet"."""

SPLIIT = (
    "\ufeff"
    '"Date","Description","Category","Currency","Cost","Original cost","Original currency",'
    '"Conversion rate","Is Reimbursement","Split mode","Anna","Bert M.","Carla"\n'
    '"2026-01-03","Dinner","Food","EUR","10.00",,,,"No","Evenly",3.33,-3.33,-3.33\n'
    '"2026-01-04","=Boat","Transport","EUR","100.00","110","USD","0.909","No",'
    '"Unevenly \u2013 By amount",-20,40,-40\n'
    '"2026-01-05","Back","Payment","EUR","10.00",,,,"Yes","Evenly",-10,0,0\n'
)
"""Spliit, src/app/groups/[groupId]/expenses/export/csv/route.ts."""

COSPEND = """\
name,weight,active,color
"Anna",1,1,"#112233"
"Bert, M.",2,1,"#445566"
"Carla",1.5,0,"#778899"

what,amount,date,timestamp,payer_name,payer_weight,payer_active,owers,repeat,repeatfreq,\
repeatallactive,repeatuntil,categoryid,paymentmode,paymentmodeid,comment,deleted
"Dinner",45,2026-01-03,1705276800,"Anna",1,1,"Anna,Bert, M.,Carla",n,1,0,,7,n,2,"pizza+%26+wine",0
"Rent",99.99,2026-01-04,1706745600,"Bert, M.",2,1,"Anna,Carla",m,2,1,2026-06-01,8,n,3,"",0
"Back",5,2026-01-05,1706745600,"Carla",1.5,0,"Anna",n,1,0,,-11,n,3,"",0
"Oops",1,2026-01-05,1706745600,"Carla",1.5,0,"Anna",n,1,0,,0,n,3,"",1

categoryname,categoryid,icon,color
"Food",7,"fork","#AA5500"
"Home",8,"house","#0055AA"

paymentmodename,paymentmodeid,icon,color
"Cash",2,"cash","#AA5500"

currencyname,exchange_rate
"EUR",1
"""
"""Cospend, lib/Service/CospendService.php (getJsonProject) and its ImportExportTest."""

IHATEMONEY = """\
what,bill_type,amount,currency,date,payer_name,payer_weight,owers\r
Dinner,Expense,30.0,XXX,2026-01-03,Anna,1.0,"Anna, Bert M., Carla"\r
'=Boat,Expense,12.5,XXX,2026-01-04,Bert M.,1.5,"Anna, Bert M."\r
Back,Reimbursement,5.0,XXX,2026-01-05,Carla,1.0,Anna\r
"""
"""IHateMoney, Project.get_pretty_bills and utils.list_of_dicts2csv."""
